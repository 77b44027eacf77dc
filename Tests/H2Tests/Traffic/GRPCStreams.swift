// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Enlarges the connection's window, as a program with larger stream windows does.
    private static func openConnection(_ scene: Scene) throws {
        try scene.connection.incrementFlowControlWindow(by: (1 << 20) - 65_535)
        scene.drain()
    }

    /// Opens streams on which the peer of either role sends, and which the program may read late.
    private static func readers(_ count: Int, _ scene: Scene) throws -> [H2StreamID] {
        try (0..<count).map { _ in
            let id = try scene.request(endStream: false)
            if !scene.isServer { try scene.respond(to: id, endStream: false) }
            return id
        }
    }

    /// Completes `full` calls; debug code skips identifiers instead.
    private static func makeCalls(_ full: Int, _ scene: Scene) throws {
        let calls = scene.count(full)
        for _ in 0..<calls {
            for _ in 1..<full / calls { _ = scene.nextRequestID() }
            try scene.complete(scene.request(), body: 0)
            scene.wait(0.01)
        }
    }

    private static let mebibyte: @Sendable (inout H2Configuration) -> Void = {
        $0.initialSettings[.initialWindowSize] = 1 << 20
    }

    /// gRPC calls that carry streams of messages.
    static let grpcStreams: [Traffic] = [
        Traffic("a server streams empty messages of 5 bytes", .server, .client) { scene in
            let id = try scene.call()
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(80_000) {
                try scene.download(5, on: id, endStream: false)
                scene.wait(0.1)
            }
            try scene.sendTrailers(on: id)
        },
        Traffic(
            "8,193 messages of 5 bytes wait in a window of 64 KiB until they are read",
            .server, .client
        ) { scene in
            let ids = try readers(1, scene)
            for _ in 0..<scene.rounds(10, of: 8_193) {
                try scene.fillWindow(ids, messages: 8_193, of: 5)
                scene.wait(5)
            }
        },
        Traffic(
            "messages of 5 bytes fill a window of 64 KiB to the last byte until they are read",
            .server, .client
        ) { scene in
            let ids = try readers(1, scene)
            for _ in 0..<scene.rounds(10, of: 13_107) {
                try scene.fillWindow(ids, messages: 13_107, of: 5)
                scene.wait(5)
            }
        },
        Traffic(
            "messages of 20 bytes wait in a window of 1 MiB on one stream", .server, .client,
            configuration: mebibyte
        ) { scene in
            try openConnection(scene)
            let ids = try readers(1, scene)
            for _ in 0..<scene.rounds(10, of: 8_193) {
                try scene.fillWindow(ids, messages: 8_193, of: 20)
                scene.wait(5)
            }
        },
        Traffic(
            "messages of 20 bytes wait in a window of 1 MiB on ten streams", .server, .client,
            configuration: mebibyte
        ) { scene in
            try openConnection(scene)
            let ids = try readers(10, scene)
            for _ in 0..<scene.rounds(10, of: 8_200) {
                try scene.fillWindow(ids, messages: 8_200, of: 20)
                scene.wait(5)
            }
        },
        Traffic(
            "messages of 60 bytes wait in a window of 1 MiB on ten streams", .server, .client,
            configuration: mebibyte
        ) { scene in
            try openConnection(scene)
            let ids = try readers(10, scene)
            for _ in 0..<scene.rounds(5, of: 17_470) {
                try scene.fillWindow(ids, messages: 17_470, of: 60)
                scene.wait(5)
            }
        },
        Traffic("on a bidirectional call, each read causes a PING", .server, .client) { scene in
            let id = try scene.request(endStream: false)
            try scene.respond(to: id, endStream: false)
            for index in 0..<scene.count(40_000) {
                // Both sides measure the path with PING.
                try scene.download(300, on: id, endStream: false)
                try scene.upload(300, on: id, endStream: false)
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                try scene.connection.ping(H2PingData(UInt64(index)))
                scene.drain()
                scene.wait(0.01)
                try scene.receive(FrameBuilder.ping(UInt64(index), ack: true))
            }
        },
        Traffic("messages of 30 bytes go both ways, each with WINDOW_UPDATE", .server, .client) {
            scene in
            let id = try scene.request(endStream: false)
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(40_000) {
                try scene.send(30, on: id)
                scene.drain()
                try scene.receive(
                    scene.windowUpdates(id.rawValue, 30)
                        + FrameBuilder.data(id.rawValue, Scene.zeros(30)))
                scene.wait(0.05)
            }
        },
        Traffic(
            "each message arrives as two frames, its 5-byte prefix and its content",
            .server, .client
        ) { scene in
            let id = try scene.request(endStream: false)
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(40_000) {
                for size in [5, scene.number(in: 0...400)] {
                    try scene.upload(size, on: id, endStream: false)
                    try scene.download(size, on: id, endStream: false)
                }
                scene.wait(0.02)
            }
        },
        Traffic("watches end after 30 s with CANCEL, and begin again", .server, .client) { scene in
            for _ in 0..<scene.rounds(3_000, of: 10) {
                let ids = try (0..<10).map { _ in
                    let id = try scene.call()
                    try scene.respond(to: id, endStream: false)
                    return id
                }
                for id in ids.prefix(2) { try scene.download(60, on: id, endStream: false) }
                scene.wait(30)
                try scene.cancelAll(ids)
                for id in ids.suffix(2) { try scene.receiveLate(id, status: nil, body: 60) }
            }
        },
        Traffic(
            "ten silent watches end after 30 s, in parallel with health checks",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(1_000, of: 40) {
                let ids = try (0..<10).map { _ in try scene.call() }
                for _ in 0..<30 {
                    try scene.reply(to: scene.call(5), 7)
                    scene.wait(1)
                }
                try scene.cancelAll(ids)
            }
        },
        Traffic(
            "a configuration stream carries a message every 10 minutes for months",
            .server, .client
        ) { scene in
            let id = try scene.request(endStream: false)
            try scene.upload(700, on: id, endStream: false)
            try scene.respond(to: id, endStream: false)
            for index in 0..<scene.count(20_000) {
                try scene.download(2_000, on: id, endStream: false)
                try scene.upload(60, on: id, endStream: false)
                for half in 0..<2 {
                    try scene.receive(FrameBuilder.ping(UInt64(index * 2 + half)))
                    scene.drain()
                    scene.wait(300)
                }
            }
        },
        Traffic(
            "a server ends calls early, with 2,000 messages of the client in flight",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(50, of: 2_000) {
                let id = try scene.request(endStream: false)
                try scene.upload(1_000, on: id, frameSize: 25, endStream: false)
                if !scene.isServer { try scene.send(50_000, on: id, frameSize: 25) }
                scene.drain()
                try scene.respond(to: id, ["grpc-status": "8"])
                try scene.abort(id, .noError)
                if scene.isServer {
                    let message = FrameBuilder.data(id.rawValue, Scene.zeros(25))
                    for _ in 0..<2_000 { try scene.receive(message) }
                } else {
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 50_000))
                }
                scene.drain()
                scene.waitApproximately(2)
            }
        },
        Traffic(
            "streams of messages are cancelled with 400 messages in flight", .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(200, of: 400) {
                let id = try scene.call()
                try scene.respond(to: id, endStream: false)
                try scene.download(4_000, on: id, frameSize: 40, endStream: false)
                try scene.cancel(id)
                if !scene.isServer {
                    let message = FrameBuilder.data(id.rawValue, Scene.zeros(40))
                    for _ in 0..<400 { try scene.receive(message) }
                    try scene.receive(scene.trailersFrame(id.rawValue))
                }
                scene.drain()
                scene.wait(1)
            }
        },
        Traffic(
            "an old watch is cancelled after 70,000 calls, as its last messages arrive",
            .server, .client
        ) { scene in
            let watch = try scene.request(endStream: false)
            if !scene.isServer { try scene.respond(to: watch, endStream: false) }
            try makeCalls(70_000, scene)
            if scene.isServer { try scene.respond(to: watch, ["grpc-status": "14"]) }
            try scene.connection.resetStream(watch, errorCode: .cancel)
            scene.drain()
            try scene.receive(
                FrameBuilder.data(watch.rawValue, Scene.zeros(60))
                    + scene.trailersFrame(watch.rawValue))
            scene.drain()
        },
        Traffic(
            "an old stream is cancelled after 70,000 calls, with 3,000 messages in flight",
            .server, .client
        ) { scene in
            let old = try scene.request(endStream: false)
            if !scene.isServer { try scene.respond(to: old, endStream: false) }
            try makeCalls(70_000, scene)
            try scene.connection.resetStream(old, errorCode: .cancel)
            scene.drain()
            let message = FrameBuilder.data(old.rawValue, Scene.zeros(20))
            for _ in 0..<3_000 { try scene.receive(message) }
            scene.drain()
        },
    ]
}
