// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Opens 60,000 requests.
    private static func openRequests(_ scene: Scene) throws -> [H2StreamID] {
        try (0..<scene.count(60_000, debug: 2_000)).map { _ in
            let id = try scene.request(["x-id": "1"])
            scene.drain()
            return id
        }
    }

    /// Many streams, concurrently or in succession.
    static let streams: [Traffic] = [
        Traffic(
            "a client has 60,000 requests open, as the server allows", .client,
            settings: [(0x3, 100_000)]
        ) { scene in
            let ids = try openRequests(scene)
            scene.wait(10)
            for id in ids { try scene.respond(to: id) }
        },
        Traffic(
            "a client has 60,000 requests open, and each gets a body", .client,
            settings: [(0x3, 100_000)]
        ) { scene in
            let ids = try openRequests(scene)
            for id in ids { try scene.respond(to: id, endStream: false) }
            for id in ids {
                try scene.receive(scene.data(id, 100, endStream: true))
                scene.drain()
            }
        },
        Traffic(
            "a client has 1,000 requests open, each with fields of 16 KiB", .client,
            settings: [(0x3, 1_000)]
        ) { scene in
            let token = String(repeating: "0", count: 8_192)
            for _ in 0..<scene.count(10, debug: 1) {
                let ids = try (0..<scene.count(1_000, debug: 300)).map { _ in
                    let id = try scene.request(["authorization": token, "x-session": token])
                    scene.drain()
                    return id
                }
                scene.wait(10)
                for id in ids { try scene.respond(to: id) }
            }
        },
        Traffic(
            "a server has 1,000 requests open, each with fields of 16 KiB", .server,
            configuration: { $0.initialSettings[.maxConcurrentStreams] = 1_000 }
        ) { scene in
            let fields = Scene.fields(2, of: 8_192)
            for _ in 0..<scene.count(10, debug: 1) {
                let ids = try (0..<scene.count(1_000, debug: 300)).map { _ in
                    let id = scene.nextRequestID()
                    try scene.receive(
                        FrameBuilder.split(
                            id, block: Attacker.get + fields, every: 16_384, endStream: true))
                    return H2StreamID(id)
                }
                scene.wait(10)
                for id in ids { try scene.respond(to: id) }
                scene.drain()
            }
        },
        idleStreams("are answered") { scene, id in
            try scene.respond(to: id)
            scene.drain()
        },
        idleStreams("are closed by the program") { scene, id in
            try scene.connection.resetStream(id, errorCode: .cancel)
            scene.drain()
        },
        idleStreams("are cancelled by the client") { scene, id in
            try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
        },
        Traffic(
            "20,000 requests of 100,000 that are allowed are cancelled at once", .server,
            configuration: { $0.initialSettings[.maxConcurrentStreams] = 100_000 }
        ) { scene in
            let ids = try (0..<scene.count(20_000, debug: 3_000)).map { _ in try scene.request() }
            for id in ids { try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8)) }
        },
        Traffic("200 promises wait for their responses", .client) { scene in
            var promised: UInt32 = 2
            for _ in 0..<scene.count(100, debug: 4) {
                let id = try scene.request()
                scene.drain()
                let first = promised
                for _ in 0..<200 {
                    try scene.receive(
                        FrameBuilder.pushPromise(
                            id.rawValue, promised: promised, block: Attacker.get))
                    promised += 2
                }
                try scene.respond(to: id)
                scene.wait(1)
                for stream in stride(from: first, to: promised, by: 2) {
                    try scene.receive(
                        scene.responseFrame(stream, endStream: false)
                            + scene.data(H2StreamID(stream), 1_000, endStream: true))
                    scene.drain()
                }
            }
        },
        Traffic(
            "one connection carries short requests with bodies for many clients", .server, .client
        ) {
            scene in
            for _ in 0..<scene.count(60_000, debug: 1_000) {
                let id = try scene.request(["content-type": "text/plain"], endStream: false)
                if scene.isServer {
                    try scene.receive(scene.data(id, 2_000, endStream: true))
                } else {
                    try scene.send(2_000, on: id, endStream: true)
                    scene.drain()
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 2_000))
                }
                try scene.respond(to: id, endStream: false)
                if scene.isServer {
                    try scene.send(1_500, on: id, endStream: true)
                    scene.drain()
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 1_500))
                } else {
                    try scene.receive(scene.data(id, 1_500, endStream: true))
                    scene.drain()
                }
                scene.wait(0.002)
            }
        },
        Traffic("100 requests are open at any time, and end in another order", .server, .client) {
            scene in
            var ids: [H2StreamID] = []
            for _ in 0..<scene.count(60_000, debug: 2_000) {
                if ids.count == 99 {
                    try scene.finishReceiving(ids.remove(at: scene.number(in: 0...98)))
                }
                let id = try scene.startReceiving()
                try scene.receive(scene.data(id, 700))
                ids.append(id)
                scene.wait(0.005)
            }
            for id in ids { try scene.finishReceiving(id) }
        },
    ]

    /// Returns a pattern of 50,000 streams that are open and idle, and then end.
    private static func idleStreams(
        _ how: String, end: @escaping @Sendable (Scene, H2StreamID) throws -> Void
    ) -> Traffic {
        Traffic(
            "50,000 idle watches, where 100,000 are allowed, \(how)", .server,
            configuration: { $0.initialSettings[.maxConcurrentStreams] = 100_000 }
        ) { scene in
            let ids = try (0..<scene.count(50_000, debug: 2_000)).map { _ in try scene.request() }
            scene.wait(3_600)
            for id in ids { try end(scene, id) }
        }
    }
}
