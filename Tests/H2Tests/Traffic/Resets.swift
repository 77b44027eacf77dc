// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Streams that one side resets or refuses, and the late frames on them.
    static let resets: [Traffic] = resetsOfPeer + resetsOfProgram + malformed

    private static let resetsOfPeer: [Traffic] = [
        Traffic("a client cancels downloads after they began", .server) { scene in
            for _ in 0..<scene.count(20_000, debug: 500) {
                let id = try scene.startSending()
                try scene.send(16_000, on: id, frameSize: 4_000)
                scene.drain()
                scene.wait(0.01)
                try scene.receive(
                    FrameBuilder.rstStream(id.rawValue, code: 8)
                        + FrameBuilder.windowUpdate(0, increment: 16_000))
            }
        },
        Traffic("a client cancels its uploads after they began", .server) { scene in
            for _ in 0..<scene.count(20_000, debug: 500) {
                let id = try scene.startReceiving()
                for _ in 0..<5 { try scene.receive(scene.data(id, 4_000)) }
                scene.wait(0.01)
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                scene.drain()
            }
        },
        Traffic(
            "a busy server refuses 100 requests at a time, and the client retries", .client,
            settings: [(0x3, 100)]
        ) { scene in
            for _ in 0..<scene.count(1_000, debug: 30) {
                let ids = try (0..<100).map { _ in try scene.request() }
                scene.drain()
                scene.wait(0.05)
                for id in ids { try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 7)) }
                scene.wait(0.05)
            }
        },
        Traffic("a server refuses 100 uploads at a time with 413 and NO_ERROR", .client) { scene in
            for _ in 0..<scene.count(400, debug: 10) {
                let ids = try (0..<100).map { _ in try scene.startSending() }
                for id in ids { try scene.send(600, on: id) }
                scene.drain()
                for id in ids {
                    try scene.receive(
                        scene.responseFrame(id.rawValue, status: "413")
                            + FrameBuilder.rstStream(id.rawValue, code: 0))
                }
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 60_000))
                scene.wait(0.1)
            }
        },
        Traffic("a server resets each response after 20 KB of it", .client) { scene in
            for _ in 0..<scene.count(20_000, debug: 500) {
                let id = try scene.startReceiving()
                try scene.receive(scene.data(id, 10_000))
                try scene.receive(
                    scene.data(id, 10_000) + FrameBuilder.rstStream(id.rawValue, code: 2))
                scene.drain()
                scene.wait(0.01)
            }
        },
    ]

    private static let resetsOfProgram: [Traffic] = [
        Traffic("a program cancels 100 requests at once, and all late frames arrive", .client) {
            scene in
            var promised: UInt32 = 2
            for _ in 0..<scene.count(300, debug: 8) {
                let ids = try (0..<100).map { _ in try scene.request() }
                scene.drain()
                for id in ids { try scene.connection.resetStream(id, errorCode: .cancel) }
                scene.drain()
                for id in ids {
                    let stream = id.rawValue
                    try scene.receive(scene.responseFrame(stream, status: "103", endStream: false))
                    try scene.receive(
                        FrameBuilder.pushPromise(stream, promised: promised, block: Attacker.get)
                            + scene.responseFrame(stream, endStream: false)
                            + scene.responseFrame(promised, endStream: false)
                            + scene.data(id, 300) + scene.data(H2StreamID(promised), 100))
                    try scene.receive(
                        scene.data(id, 0) + scene.data(H2StreamID(promised), 100, endStream: true)
                            + FrameBuilder.headers(stream, ["x-status": "0"], endStream: true))
                    promised += 2
                    scene.drain()
                }
                scene.wait(0.5)
            }
        },
        Traffic(
            "a program cancels 100 downloads at once, and the rest of their windows arrives",
            .client,
            configuration: { $0.initialSettings[.initialWindowSize] = 1 << 20 }
        ) { scene in
            for _ in 0..<scene.count(40, debug: 2) {
                let ids = try (0..<100).map { _ in try scene.startReceiving() }
                for id in ids { try scene.receive(scene.data(id, 1_000)) }
                scene.drain()
                for id in ids { try scene.connection.resetStream(id, errorCode: .cancel) }
                scene.drain()
                for id in ids {
                    for _ in 0..<4 {
                        try scene.receive(scene.data(id, 16_000))
                        scene.drain()
                    }
                    try scene.receive(scene.data(id, 0, endStream: true))
                }
                scene.wait(0.5)
            }
        },
        Traffic("both sides cancel the same 100 requests", .client) { scene in
            for _ in 0..<scene.count(300, debug: 10) {
                let ids = try (0..<100).map { _ in try scene.request() }
                for id in ids { try scene.connection.resetStream(id, errorCode: .cancel) }
                scene.drain()
                for id in ids {
                    try scene.receive(
                        FrameBuilder.windowUpdate(id.rawValue, increment: 65_535)
                            + FrameBuilder.rstStream(id.rawValue, code: 8))
                }
                scene.wait(0.5)
            }
        },
        Traffic("a program answers uploads with 413, and resets them with NO_ERROR", .server) {
            scene in
            for _ in 0..<scene.count(3_000, debug: 100) {
                let id = try scene.startReceiving()
                try scene.respond(to: id, status: "413")
                try scene.connection.resetStream(id, errorCode: .noError)
                scene.drain()
                for _ in 0..<20 { try scene.receive(scene.data(id, 1_000)) }
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                scene.drain()
                scene.wait(0.05)
            }
        },
        Traffic("a program answers uploads early, and reads them to the end", .server) { scene in
            for _ in 0..<scene.count(3_000, debug: 100) {
                let id = try scene.startReceiving()
                try scene.respond(to: id, status: "403")
                scene.drain()
                for _ in 0..<20 { try scene.receive(scene.data(id, 1_000)) }
                try scene.receive(scene.data(id, 0, endStream: true))
                scene.drain()
                scene.wait(0.05)
            }
        },
        Traffic("an overloaded program refuses 100 uploads at a time", .server) { scene in
            for _ in 0..<scene.count(300, debug: 10) {
                let ids = try (0..<100).map { _ in try scene.startReceiving() }
                for id in ids { try scene.connection.resetStream(id, errorCode: .refusedStream) }
                scene.drain()
                for id in ids {
                    try scene.receive(scene.data(id, 500) + scene.data(id, 0, endStream: true))
                    scene.drain()
                }
                scene.wait(0.5)
            }
        },
        Traffic(
            "an overloaded program refuses 100 gRPC calls at a time, whose trailers follow",
            .server
        ) { scene in
            for _ in 0..<scene.count(300, debug: 10) {
                let ids = try (0..<100).map { _ in try scene.startReceiving() }
                for id in ids { try scene.connection.resetStream(id, errorCode: .refusedStream) }
                scene.drain()
                for id in ids {
                    try scene.receive(
                        scene.data(id, 5)
                            + FrameBuilder.headers(
                                id.rawValue, ["x-checksum": "0"], endStream: true))
                }
                scene.wait(0.5)
            }
        },
        Traffic(
            "a program with windows of 1,000 bytes cancels downloads whose flush markers are late",
            .client,
            configuration: { $0.initialSettings[.initialWindowSize] = 1_000 }
        ) { scene in
            for _ in 0..<scene.count(300, debug: 20) {
                let ids = try (0..<100).map { _ in try scene.startReceiving() }
                for id in ids {
                    // The program does not read, so that only an empty frame can follow.
                    try scene.receive(scene.data(id, 1_000), acknowledging: false)
                    try scene.connection.resetStream(id, errorCode: .cancel)
                    try scene.connection.acknowledgeReceivedData(1_000, on: id)
                    scene.drain()
                }
                for id in ids { try scene.receive(scene.data(id, 0)) }
                scene.drain()
                scene.wait(1)
            }
        },
        Traffic(
            "a program that enlarges each window explicitly refuses uploads whose empty end is late",
            .server,
            configuration: { $0.initialSettings[.initialWindowSize] = 0 }
        ) { scene in
            for _ in 0..<scene.count(300, debug: 20) {
                let ids = try (0..<100).map { _ in try scene.startReceiving() }
                for id in ids { try scene.connection.resetStream(id, errorCode: .refusedStream) }
                for id in ids { try scene.receive(scene.data(id, 0, endStream: true)) }
                scene.drain()
                scene.wait(1)
            }
        },
        Traffic("a program cancels pushed streams that it does not need", .client) { scene in
            var promised: UInt32 = 2
            for _ in 0..<scene.count(4_000, debug: 200) {
                let id = try scene.request()
                try scene.receive(
                    FrameBuilder.pushPromise(
                        id.rawValue, promised: promised, block: Attacker.get))
                try scene.connection.resetStream(H2StreamID(promised), errorCode: .cancel)
                scene.drain()
                try scene.receive(
                    scene.responseFrame(promised, endStream: false)
                        + scene.data(H2StreamID(promised), 2_000, endStream: true))
                try scene.respond(to: id)
                scene.drain()
                promised += 2
                scene.wait(0.05)
            }
        },
    ]

    private static let malformed: [Traffic] = [
        malformed("an uppercase field name", HPACKEncoder.block(["X-Id": "1"])),
        malformed("a connection-specific field", HPACKEncoder.block(["connection": "close"])),
        Traffic("one body in 100 is shorter than its content-length", .server, .client) { scene in
            let length = HPACKEncoder.block(["content-length": "500"])
            for index in 0..<scene.count(20_000, debug: 1_000) {
                let id = try scene.isServer ? H2StreamID(scene.nextRequestID()) : scene.request()
                let head = scene.isServer ? Attacker.post : Scene.ok
                let body = index % 100 == 0 ? 400 : 500
                try scene.receive(
                    FrameBuilder.headers(id.rawValue, block: head + length)
                        + scene.data(id, body, endStream: true))
                if scene.isServer, body == 500 { try scene.respond(to: id) }
                scene.drain()
                scene.wait(0.01)
            }
        },
    ]

    private static func malformed(_ what: String, _ field: [UInt8]) -> Traffic {
        Traffic("one header section in 100 has \(what)", .server, .client) { scene in
            for index in 0..<scene.count(20_000, debug: 1_000) {
                if index % 100 == 0 {
                    try scene.receiveBad(head: field)
                } else {
                    try scene.request().answered(in: scene)
                }
                scene.wait(0.01)
            }
        }
    }
}
