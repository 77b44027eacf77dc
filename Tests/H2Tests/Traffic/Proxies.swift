// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    private static func announce(
        _ streams: UInt32
    ) -> @Sendable (inout H2Configuration) -> Void {
        { $0.initialSettings[.maxConcurrentStreams] = streams }
    }

    /// Proxies whose clients cancel, and overloaded servers.
    static let proxies: [Traffic] = [
        Traffic(
            "a gateway drops a backend: all of 1,000 requests with 40 fields are cancelled, twice",
            .server, configuration: { $0.initialSettings[.maxConcurrentStreams] = 1_000 }
        ) { scene in
            let block = Attacker.get + [UInt8](repeating: 0x90, count: 36)
            for _ in 0..<2 {
                let ids = (0..<1_000).map { _ in scene.nextRequestID() }
                for id in ids {
                    try scene.receive(FrameBuilder.headers(id, block: block, endStream: true))
                }
                for id in ids { try scene.receive(FrameBuilder.rstStream(id, code: 8)) }
                scene.drain()
            }
        },
        Traffic(
            "the clients of a gateway cancel half of 200 requests a second", .server, .client
        ) { scene in
            for index in 0..<scene.count(60_000) {
                let id = try scene.request()
                scene.wait(0.005)
                if index % 2 == 0 {
                    try scene.cancel(id)
                    try scene.receiveLate(id)
                } else {
                    try scene.complete(id, body: 300)
                }
            }
        },
        Traffic(
            "a gateway, the program under test, cancels 60 % of 200 requests a second", .client
        ) { scene in
            for _ in 0..<scene.count(60_000) {
                let id = try scene.request()
                scene.wait(0.005)
                if scene.chance(0.6) {
                    try scene.cancel(id)
                    try scene.receiveLate(id, body: 300)
                } else {
                    try scene.complete(id, body: 300)
                }
            }
        },
        Traffic(
            "for one minute of each hour, 200 requests a second exceed their deadline of 1 s",
            .server, .client, configuration: announce(1_000), settings: [(0x3, 1_000)]
        ) { scene in
            for _ in 0..<2 {
                var waiting: [H2StreamID] = []
                for _ in 0..<scene.count(12_000) {
                    waiting.append(try scene.request())
                    scene.wait(0.005)
                    if waiting.count > 200 { try scene.cancel(waiting.removeFirst()) }
                }
                for id in waiting { try scene.complete(id, body: 200) }
                for _ in 0..<scene.count(20_000) {
                    try scene.complete(scene.request(), body: 200)
                    scene.wait(0.005)
                }
                scene.wait(3_440)
            }
        },
        Traffic(
            "300 of 1,000 streams are cancelled at once, repeatedly", .server, .client,
            configuration: announce(1_000), settings: [(0x3, 1_000)]
        ) { scene in
            for _ in 0..<scene.rounds(60, of: 1_000) {
                let ids = try scene.flight(1_000)
                scene.wait(0.2)
                try scene.cancelAll(ids.prefix(300))
                for id in ids.prefix(100) { try scene.receiveLate(id, body: 100) }
                for id in ids.dropFirst(300) { try scene.complete(id, body: 100) }
                scene.waitApproximately(1)
            }
        },
        Traffic(
            "proxies send 500 requests before they know that 100 streams are allowed", .server,
            clocks: [.none]
        ) { scene in
            for _ in 0..<scene.count(100) / 10 {
                let connection = H2Connection(H2Configuration(.server))
                try connection.initiateConnection()
                var next: UInt32 = 1
                func flight(_ count: Int) -> [UInt8] {
                    defer { next += UInt32(count) * 2 }
                    return (0..<count).flatMap { scene.requestFrame(next + UInt32($0) * 2) }
                }
                var events = try connection.receiveData(
                    FrameBuilder.preface() + FrameBuilder.settings() + flight(500))
                events += try connection.receiveData(FrameBuilder.settingsAck())
                for round in 0..<5 {
                    for case .requestReceived(let request) in events {
                        try connection.sendHeaders(
                            [":status": "200"], on: request.streamID, endStream: true)
                    }
                    // The 400 refused requests, in groups of 100.
                    if round < 4 { events = try connection.receiveData(flight(100)) }
                }
                _ = connection.dataToSend()
            }
        },
        Traffic(
            "a server lowers MAX_CONCURRENT_STREAMS under load, with 90 requests in flight",
            .server
        ) { scene in
            for _ in 0..<scene.rounds(300, of: 200) {
                try scene.connection.updateSettings([.maxConcurrentStreams: 10])
                scene.drain()
                // 80 of them are refused.
                let ids = try scene.flight(90)
                try scene.receive(FrameBuilder.settingsAck())
                for id in ids.prefix(10) { try scene.complete(id, body: 500) }
                for _ in 0..<8 {
                    for id in try scene.flight(10) { try scene.complete(id, body: 500) }
                }
                try scene.connection.updateSettings([.maxConcurrentStreams: 100])
                scene.drain()
                try scene.receive(FrameBuilder.settingsAck())
                scene.waitApproximately(60)
            }
        },
        Traffic(
            "a proxy pings every second for months", .server, .client, clocks: [.realistic]
        ) { scene in
            for index in 0..<scene.count(300_000) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                scene.drain()
                scene.wait(1)
            }
        },
        Traffic(
            "a proxy pings every second, and sends a request every 5 s", .server, .client
        ) { scene in
            for index in 0..<scene.count(150_000) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                if index % 5 == 0 { try scene.complete(scene.request(), body: 0) }
                scene.drain()
                scene.wait(1)
            }
        },
        Traffic(
            "a proxy mirrors requests, and aborts each response as it begins", .server, .client
        ) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                scene.wait(0.01)
                try scene.cancel(id)
                try scene.receiveLate(id, status: nil)
            }
        },
        Traffic(
            "1 of 200 requests has more fields than the limit", .server
        ) { scene in
            let large = Attacker.get + HPACKEncoder.block((0..<1_250).map { ("x", "\($0)") })
            for index in 0..<scene.count(20_000) {
                if index % 200 == 199 {
                    try scene.receive(
                        FrameBuilder.headers(scene.nextRequestID(), block: large, endStream: true))
                    scene.drain()
                } else {
                    try scene.complete(scene.request(), body: 500)
                }
                scene.wait(0.05)
            }
        },
        Traffic("a proxy stops all its downloads with windows of 0, and resumes them", .server) {
            scene in
            for _ in 0..<scene.rounds(300, of: 100) {
                let ids = try scene.flight(100)
                for id in ids { try scene.respond(to: id, endStream: false) }
                scene.drain()
                try scene.receive(FrameBuilder.settings([(0x4, 0)]))
                scene.drain()
                scene.wait(30)
                try scene.receive(FrameBuilder.settings([(0x4, 65_535)]))
                scene.drain()
                for id in ids { try scene.download(3_000, on: id) }
            }
        },
        Traffic(
            "a gateway has 2,000 requests open, each with 12 KB of cookies", .client,
            settings: [(0x3, 2_000)]
        ) { scene in
            let cookie = String(repeating: "x", count: 12_000)
            for _ in 0..<3 {
                let ids = try (0..<scene.rounds(2_000, of: 5)).map { _ in
                    defer { scene.drain() }
                    return try scene.request(["cookie": cookie])
                }
                scene.wait(1)
                for id in ids { try scene.complete(id, body: 100) }
            }
        },
    ]
}
