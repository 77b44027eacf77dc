// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// With `reportsStreamOutcomes`, each stream ends with exactly one `.streamClosed`: streams that
/// end with their messages or with RST_STREAM.
@Suite struct StreamOutcomeTests {
    private static let response = H2Headers.sampleResponse.block

    /// How the response of a stream ends, as frames on stream 1.
    static let responses: [(name: String, frames: [UInt8])] = [
        ("HEADERS", FrameBuilder.headers(1, block: response, endStream: true)),
        (
            "HEADERS with padding and a priority",
            FrameBuilder.headers(
                1, block: response, endStream: true, padLength: 9, priority: (3, false, 1))
        ),
        ("CONTINUATION", FrameBuilder.split(1, block: response, every: 3, endStream: true)),
        (
            "DATA",
            FrameBuilder.headers(1, block: response) + FrameBuilder.data(1, [1], endStream: true)
        ),
        (
            "padded DATA",
            FrameBuilder.headers(1, block: response)
                + FrameBuilder.data(1, [1], endStream: true, padLength: 200)
        ),
        (
            "empty DATA",
            FrameBuilder.headers(1, block: response) + FrameBuilder.data(1, endStream: true)
        ),
        (
            "trailers",
            FrameBuilder.headers(1, block: response) + FrameBuilder.data(1, [1])
                + FrameBuilder.headers(1, ["x": "1"], endStream: true)
        ),
        (
            "a 1xx response and HEADERS",
            FrameBuilder.headers(1, [":status": "103"])
                + FrameBuilder.headers(1, [":status": "100"])
                + FrameBuilder.headers(1, block: response, endStream: true)
        ),
    ]

    // MARK: Completed

    @Test("a request that ends before its response is completed when that ends", arguments: Cut.all)
    func completedByPeer(cut: Cut) throws {
        for (name, frames) in Self.responses {
            var configuration = H2Configuration.client
            configuration.reportsStreamOutcomes = true
            let peer = try Peer(configuration, cut: cut, policies: .asConfigured)
            try peer.open(1, endStream: true)
            #expect(!peer.connection.hasEvents)
            let events = try peer.receive(frames)
            let isPrioritized = name.contains("priority")
            #expect(
                events.dropLast(isPrioritized ? 2 : 1).last == .streamEnded(.init(streamID: 1)),
                "\(name)")
            #expect(events.last == .closed(1, .completed), "\(name)")
            #expect(events.outcomes.count == 1, "\(name)")
            #expect(peer.connection.connectionLost() == [], "\(name)")
        }
    }

    @Test("a request that ends after its response is completed by the call that ends it")
    func completedByCall() throws {
        let calls: [(H2Connection) throws -> Void] = [
            { try $0.endStream(1) },
            { try $0.sendData([1, 2], on: 1, endStream: true) },
            { try $0.sendData([], on: 1, endStream: true, padLength: 3) },
            { try $0.sendHeaders(.sampleTrailers, on: 1, endStream: true) },
            // RFC 9113 §8.1: the response is complete.
            { try $0.resetStream(1, errorCode: .noError) },
        ]
        for (name, frames) in Self.responses {
            for call in calls {
                let peer = try Peer.reporting(.client)
                try peer.open(1)
                let events = try peer.receive(frames)
                #expect(events.contains(.streamEnded(.init(streamID: 1))), "\(name)")
                #expect(events.outcomes == [] && !peer.connection.hasEvents, "\(name)")
                try call(peer.connection)
                #expect(peer.connection.hasEvents)
                #expect(peer.connection.takeEvents() == .closed(.completed, 1), "\(name)")
                #expect(!peer.connection.hasEvents)
                #expect(peer.connection.connectionLost() == [], "\(name)")
            }
        }
    }

    @Test("a response is completed by the call that ends it, and by the end of the request")
    func server() throws {
        let calls: [(H2Connection) throws -> Void] = [
            { try $0.sendHeaders(.sampleResponse, on: 1, endStream: true) },
            {
                try $0.sendHeaders([":status": "103"], on: 1)
                try $0.sendHeaders(.sampleResponse, on: 1)
                try $0.sendData([1], on: 1)
                try $0.sendHeaders(.sampleTrailers, on: 1, endStream: true)
            },
            {
                try $0.sendHeaders(.sampleResponse, on: 1)
                try $0.endStream(1)
            },
        ]
        let ends = [
            FrameBuilder.data(1, endStream: true), FrameBuilder.data(1, [1], endStream: true),
            FrameBuilder.headers(1, ["x": "1"], endStream: true),
            FrameBuilder.split(1, block: H2Headers.sampleTrailers.block, every: 2, endStream: true),
        ]
        for call in calls {
            let ended = try Peer.reporting(.server)
            try ended.open(1, endStream: true)
            try call(ended.connection)
            #expect(ended.connection.takeEvents() == .closed(.completed, 1))
            #expect(ended.connection.connectionLost() == [])
            for end in ends {
                let peer = try Peer.reporting(.server)
                try peer.open(1)
                try call(peer.connection)
                #expect(!peer.connection.hasEvents)
                let events = try peer.receive(end)
                #expect(
                    events.suffix(2) == [
                        .streamEnded(.init(streamID: 1)), .closed(1, .completed),
                    ])
                #expect(peer.connection.connectionLost() == [])
            }
        }
    }

    @Test("a promised stream is completed by its response, on both sides")
    func push() throws {
        let client = try Peer.reporting(.client)
        try client.open(1)
        try client.reserve()
        let events = try client.receive(
            FrameBuilder.headers(2, block: Self.response)
                + FrameBuilder.data(2, [1], endStream: true))
        #expect(events.suffix(2) == [.streamEnded(.init(streamID: 2)), .closed(2, .completed)])
        let server = try Peer.reporting(.server)
        try server.open(1)
        try server.reserve()
        try server.connection.sendHeaders(.sampleResponse, on: 2)
        try server.connection.sendData([1], on: 2, endStream: true)
        #expect(server.connection.takeEvents() == .closed(.completed, 2))
        for peer in [client, server] {
            #expect(peer.connection.connectionLost() == .closed(.cutOff, 1))
        }
    }

    @Test("an upgraded stream has an outcome, although no event reported its request")
    func upgraded() throws {
        var configuration = H2Configuration.server
        configuration.reportsStreamOutcomes = true
        let server = H2Connection(configuration)
        try server.initiateUpgradeConnection(settingsHeader: nil)
        try server.sendHeaders(.sampleResponse, on: 1, endStream: true)
        #expect(server.takeEvents() == .closed(.completed, 1))
        configuration.role = .client
        for isRefused in [true, false] {
            let client = H2Connection(configuration)
            _ = try client.initiateUpgradeConnection()
            let frame =
                isRefused
                ? FrameBuilder.rstStream(1, code: 7)
                : FrameBuilder.headers(1, block: Self.response, endStream: true)
            let events = try client.receiveData(FrameBuilder.settings() + frame)
            #expect(events.last == .closed(1, isRefused ? .notProcessed : .completed))
        }
        // HTTP/1.1 transferred the request, so the output does not matter.
        let client = H2Connection(configuration)
        _ = try client.initiateUpgradeConnection()
        #expect(client.connectionLost() == .closed(.cutOff, 1))
    }

    // MARK: RST_STREAM

    static let codes: [H2ErrorCode] =
        (0...0xd).map { H2ErrorCode(rawValue: $0) } + [H2ErrorCode(rawValue: 0xffff_ffff)]

    @Test("the outcome of a reset stream has the code and the side", arguments: codes)
    func reset(code: H2ErrorCode) throws {
        for role in [H2Configuration.Role.client, .server] {
            for isRemote in [true, false] {
                let peer = try Peer.reporting(role)
                try peer.open(1)
                // After the response has begun, no code means that the request was not processed.
                if role == .client {
                    try peer.receive(FrameBuilder.headers(1, block: Self.response))
                }
                if isRemote {
                    let isSafeToRetry = role == .client && code == .refusedStream
                    #expect(
                        try peer.receive(FrameBuilder.rstStream(1, code: code.rawValue)) == [
                            .streamReset(
                                .init(
                                    streamID: 1, errorCode: code, isRemote: true,
                                    isSafeToRetry: isSafeToRetry)),
                            .closed(1, .reset(code, isRemote: true)),
                        ])
                } else {
                    try peer.connection.resetStream(1, errorCode: code)
                    #expect(
                        peer.connection.takeEvents()
                            == .closed(.reset(code, isRemote: false), 1))
                }
                #expect(peer.connection.connectionLost() == [])
            }
        }
    }

    @Test("RST_STREAM(NO_ERROR) completes only a stream whose response is complete")
    func noError() throws {
        // The other codes, and NO_ERROR before the end of the response, reset the stream.
        for role in [H2Configuration.Role.client, .server] {
            for isRemote in [true, false] {
                for isComplete in [true, false] {
                    for code in [H2ErrorCode.noError, .cancel] {
                        let peer = try Peer.reporting(role)
                        try peer.open(1)
                        if role == .client {
                            try peer.receive(
                                FrameBuilder.headers(
                                    1, block: Self.response, endStream: isComplete))
                        } else {
                            try peer.connection.sendHeaders(
                                .sampleResponse, on: 1, endStream: isComplete)
                        }
                        let events: [H2Event]
                        if isRemote {
                            events = try peer.receive(
                                FrameBuilder.rstStream(1, code: code.rawValue))
                        } else {
                            try peer.connection.resetStream(1, errorCode: code)
                            events = peer.connection.takeEvents()
                        }
                        #expect(
                            events.last
                                == .closed(
                                    1,
                                    isComplete && code == .noError
                                        ? .completed : .reset(code, isRemote: isRemote)),
                            "\(role), remote \(isRemote), complete \(isComplete), \(code)")
                        // The event of the frame stays.
                        #expect(
                            events.dropLast()
                                == (isRemote ? [.reset(1, code, isRemote: true)] : []))
                    }
                }
            }
        }
    }

    @Test("RST_STREAM(NO_ERROR) on a promised stream resets it, as its response is incomplete")
    func noErrorOnPush() throws {
        for isBegun in [false, true] {
            let client = try Peer.reporting(.client)
            try client.open(1)
            try client.reserve()
            if isBegun { try client.receive(FrameBuilder.headers(2, block: Self.response)) }
            #expect(
                try client.receive(FrameBuilder.rstStream(2, code: 0)).outcomes
                    == [.init(streamID: 2, outcome: .reset(.noError, isRemote: true))])
            let server = try Peer.reporting(.server)
            try server.open(1)
            try server.reserve()
            if isBegun { try server.connection.sendHeaders(.sampleResponse, on: 2) }
            try server.connection.resetStream(2, errorCode: .noError)
            #expect(
                server.connection.takeEvents() == .closed(.reset(.noError, isRemote: false), 2))
        }
    }

    @Test("REFUSED_STREAM means not processed only before any part of a response")
    func refused() throws {
        let refusal = FrameBuilder.rstStream(1, code: 7)
        let remote = H2StreamOutcome.reset(.refusedStream, isRemote: true)
        let before: [(frames: [UInt8], outcome: H2StreamOutcome)] = [
            ([], .notProcessed),
            (FrameBuilder.windowUpdate(1, increment: 1), .notProcessed),
            (FrameBuilder.headers(1, [":status": "100"]), remote),
            (
                FrameBuilder.split(1, block: HPACKEncoder.block([":status": "103"]), every: 2),
                remote
            ),
            (FrameBuilder.headers(1, [":status": "200"]), remote),
            (FrameBuilder.headers(1, [":status": "200"], endStream: true), remote),
        ]
        for (frames, outcome) in before {
            let peer = try Peer.reporting(.client)
            try peer.open(1)
            try peer.receive(frames)
            #expect(
                try peer.receive(refusal) == [
                    .reset(1, .refusedStream, isRemote: true), .closed(1, outcome),
                ])
            #expect(outcome.isSafeToRetry == (outcome == .notProcessed))
        }
        // Refused by this side, or the push of this side.
        let client = try Peer.reporting(.client)
        try client.open(1)
        try client.connection.resetStream(1, errorCode: .refusedStream)
        #expect(
            client.connection.takeEvents() == .closed(.reset(.refusedStream, isRemote: false), 1))
        let server = try Peer.reporting(.server)
        try server.open(1)
        try server.reserve()
        for id in [2, 1] as [H2StreamID] {
            #expect(
                try server.receive(FrameBuilder.rstStream(id.rawValue, code: 7)).last
                    == .closed(id, remote))
        }
        let pushed = try Peer.reporting(.client)
        try pushed.open(1)
        try pushed.reserve()
        #expect(try pushed.receive(FrameBuilder.rstStream(2, code: 7)).last == .closed(2, remote))
    }

    @Test("a stream that both sides reset has the outcome of the first reset")
    func crossingResets() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer.reporting(role)
            try peer.open(1, 3)
            try peer.connection.resetStream(1, errorCode: .cancel)
            try peer.receive(FrameBuilder.rstStream(3, code: 7))
            #expect(try peer.receive(FrameBuilder.rstStream(1, code: 7)) == [])
            #expect(throws: H2Error.self) { try peer.connection.resetStream(3) }
            // Late frames.
            let late = FrameBuilder.data(1, [1]) + FrameBuilder.headers(3, ["x": "1"])
            #expect(try peer.receive(late + FrameBuilder.rstStream(3)) == [])
            #expect(peer.connection.connectionLost() == [])
        }
    }

    @Test("a reset while a field block arrives is the only outcome")
    func resetWithinBlock() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer.reporting(role)
            try peer.open(1)
            let block = role == .client ? Self.response : H2Headers.sampleTrailers.block
            var frames = FrameBuilder.headers(
                1, block: block, endStream: true, endHeaders: false)
            #expect(try peer.receive(frames) == [])
            try peer.connection.resetStream(1, errorCode: .cancel)
            frames = FrameBuilder.continuation(1, block: [])
            #expect(
                try peer.receive(frames) == .closed(.reset(.cancel, isRemote: false), 1))
            #expect(peer.connection.connectionLost() == [])
        }
    }
}
