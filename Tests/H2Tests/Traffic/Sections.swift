// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Header sections that are large, many, or sent in many frames.
    static let sections: [Traffic] = heads + unusual

    private static let heads: [Traffic] = [
        head(
            "header sections of 12 KiB arrive in frames of 1 KiB", Scene.fields(24, of: 500),
            every: 1_024),
        head(
            "header sections of 12 KiB arrive in frames of 8 KiB", Scene.fields(24, of: 500),
            every: 8_192),
        head(
            "header sections of 64 KiB arrive in frames of 16 KiB", Scene.fields(8, of: 8_140),
            every: 16_384,
            full: 2_000),
        head("each header section has 100 fields", Scene.fields(100, of: 20), every: 16_384),
        head("each header section has a token of 8 KiB", Scene.fields(1, of: 8_192), every: 16_384),
        head(
            "each header section has a token of 8 KiB, in frames of 4 KiB",
            Scene.fields(1, of: 8_192), every: 4_096),
        Traffic("cookies of 4 KiB arrive in 100 fields", .server) { scene in
            let value = String(repeating: "0", count: 34)
            let crumbs = HPACKEncoder.block((0..<100).map { ("cookie", "n\($0)=\(value)") })
            for _ in 0..<scene.count(5_000, debug: 300) {
                try scene.exchange(head: crumbs, every: 16_384)
                scene.wait(0.05)
            }
        },
        Traffic("cookies of 4 KiB are indexed, and take one byte per field", .server) { scene in
            // The table has room for 55 cookies.
            let value = String(repeating: "0", count: 32)
            var first = HPACKEncoder()
            for index in 10..<60 {
                first.literal("cookie", "n\(index)=\(value)", .incremental)
            }
            try scene.exchange(head: first.bytes, every: 16_384)
            var others = HPACKEncoder()
            for index in 0..<50 { others.indexed(111 - index) }
            for _ in 0..<scene.count(10_000, debug: 500) {
                try scene.exchange(head: others.bytes, every: 16_384)
                scene.wait(0.05)
            }
        },
    ]

    private static let unusual: [Traffic] = [
        Traffic("trailers arrive in CONTINUATION frames of 60 bytes", .server, .client) { scene in
            let trailers = Scene.fields(6, of: 30)
            for _ in 0..<scene.count(10_000, debug: 500) {
                let id = try scene.startReceiving()
                try scene.receive(
                    scene.data(id, 100)
                        + FrameBuilder.split(
                            id.rawValue, block: trailers, every: 60, endStream: true))
                if scene.isServer { try scene.respond(to: id) }
                scene.drain()
                scene.wait(0.05)
            }
        },
        Traffic("trailers end with an empty CONTINUATION frame", .server, .client) { scene in
            let trailers = Scene.fields(2, of: 10)
            for _ in 0..<scene.count(20_000, debug: 1_000) {
                let id = try scene.startReceiving()
                try scene.receive(
                    FrameBuilder.headers(
                        id.rawValue, block: trailers, endStream: true, endHeaders: false)
                        + FrameBuilder.continuation(id.rawValue, block: []))
                if scene.isServer { try scene.respond(to: id) }
                scene.drain()
                scene.wait(0.05)
            }
        },
        Traffic("each header section begins with two updates of the table size", .server, .client) {
            scene in
            var updates = HPACKEncoder()
            updates.sizeUpdate(0)
            updates.sizeUpdate(4_096)
            var fields = HPACKEncoder()
            for index in 0..<20 { fields.literal("x-\(index)", "value", .incremental) }
            for _ in 0..<scene.count(20_000, debug: 1_000) {
                try scene.exchange(head: fields.bytes, after: updates.bytes, every: 16_384)
                scene.wait(0.01)
            }
        },
        Traffic("one request in 50 has 100 KiB of fields, and is answered with 431", .server) {
            scene in
            let fields = Scene.fields(4, of: 25_000)
            for index in 0..<scene.count(20_000, debug: 1_000) {
                guard index % 50 == 0 else {
                    try scene.exchange(body: 100)
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 100))
                    continue
                }
                let id = scene.nextRequestID()
                try scene.receive(
                    FrameBuilder.split(
                        id, block: Attacker.get + fields, every: 16_384, endStream: true))
                try scene.respond(to: H2StreamID(id), status: "431")
                scene.drain()
                scene.wait(0.01)
            }
        },
        Traffic("one header section in 100 has 160 KiB of fields, and is reset", .server, .client) {
            scene in
            var fields = HPACKEncoder()
            let value = String(repeating: "0", count: 40_000)
            for index in 0..<4 { fields.literal("x-\(index)", value, huffman: true) }
            for index in 0..<scene.count(20_000, debug: 1_000) {
                if index % 100 == 0 {
                    try scene.receiveBad(head: fields.bytes)
                } else {
                    try scene.request().answered(in: scene)
                }
                scene.wait(0.01)
            }
        },
        Traffic("one header section in 100 has 1,300 fields, and is reset", .server, .client) {
            scene in
            let fields = Scene.fields(1_300, of: 10)
            for index in 0..<scene.count(20_000, debug: 1_000) {
                if index % 100 == 0 {
                    try scene.receiveBad(head: fields)
                } else {
                    try scene.request().answered(in: scene)
                }
                scene.wait(0.01)
            }
        },
    ]

    private static func head(
        _ name: String, _ fields: [UInt8], every size: Int, full: Int = 6_000
    ) -> Traffic {
        Traffic(name, .server, .client) { scene in
            for _ in 0..<scene.count(full, debug: 150) {
                try scene.exchange(head: fields, every: size)
                scene.wait(0.01)
            }
        }
    }
}

extension Scene {
    /// Receives a request or response that the connection resets.
    func receiveBad(head fields: [UInt8]) throws {
        let id = try isServer ? H2StreamID(nextRequestID()) : request()
        let head = isServer ? Attacker.get : Self.ok
        let events = try receive(
            FrameBuilder.split(
                id.rawValue, block: head + fields, every: 16_384, endStream: true))
        guard case .streamReset? = events.first else { throw Unexpected(events: events) }
        drain()
    }

    /// Thrown if a stream is not reset.
    struct Unexpected: Error {
        let events: [H2Event]
    }
}

extension H2StreamID {
    /// Answers a request without a body.
    func answered(in scene: Scene) throws {
        try scene.respond(to: self)
        scene.drain()
    }
}
