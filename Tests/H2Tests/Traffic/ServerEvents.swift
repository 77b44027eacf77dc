// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// What servers send beyond responses: events, hints and pushed responses.
    static let serverEvents: [Traffic] = [
        Traffic(
            "an event source reconnects every 30 s for two weeks", .server, .client
        ) { scene in
            for _ in 0..<scene.count(40_320) {
                let id = try scene.request(["accept": "text/event-stream"])
                try scene.respond(to: id, endStream: false)
                for _ in 0..<3 {
                    try scene.download(45, on: id, endStream: false)
                    scene.wait(10)
                }
                try scene.download(0, on: id)
            }
        },
        Traffic(
            "an event source is closed by its user and opened again every minute",
            .server, .client
        ) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request(["accept": "text/event-stream"])
                try scene.respond(to: id, endStream: false)
                try scene.download(45, on: id, endStream: false)
                scene.waitApproximately(60)
                try scene.cancel(id)
                try scene.receiveLate(id, status: nil, body: 45)
            }
        },
        Traffic(
            "a server that restarts its event sources resets their streams every 30 s",
            .server, .client
        ) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request(["accept": "text/event-stream"])
                try scene.respond(to: id, endStream: false)
                scene.wait(30)
                try scene.abort(id, .internalError)
            }
        },
        Traffic(
            "an event source carries a heartbeat of 2 bytes every 15 s for weeks",
            .server, .client
        ) { scene in
            let id = try scene.request(["accept": "text/event-stream"])
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(160_000) {
                try scene.download(2, on: id, endStream: false)
                scene.wait(15)
            }
        },
        Traffic(
            "a client enlarges both windows for each heartbeat of 2 bytes of an event source",
            .server
        ) { scene in
            let id = try scene.request(["accept": "text/event-stream"])
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(100_000) {
                try scene.send(2, on: id)
                scene.drain()
                try scene.receive(scene.windowUpdates(id.rawValue, 2))
                scene.wait(15)
            }
        },
        Traffic(
            "a 103 response precedes each of 500 concurrent responses", .client,
            settings: [(0x3, 500)]
        ) { scene in
            for _ in 0..<scene.rounds(60, of: 500) {
                let ids = try scene.flight(500)
                for id in ids { try scene.receive(hints(id, scene)) }
                for id in ids { try scene.complete(id, body: 500) }
                scene.waitApproximately(2)
            }
        },
        Traffic(
            "100, 103 and 200 responses arrive for each of 500 concurrent requests", .client,
            settings: [(0x3, 600)]
        ) { scene in
            for _ in 0..<scene.rounds(60, of: 500) {
                let ids = try (0..<500).map { _ in try scene.request(endStream: false) }
                try scene.receive(
                    ids.flatMap {
                        scene.responseFrame($0.rawValue, status: "100", endStream: false)
                    })
                for id in ids { try scene.upload(20, on: id) }
                for id in ids { try scene.receive(hints(id, scene)) }
                for id in ids { try scene.complete(id, body: 500) }
                scene.waitApproximately(2)
            }
        },
        Traffic("a long job sends 102 responses every 10 s until it is done", .client) { scene in
            for _ in 0..<scene.rounds(2_000, of: 10) {
                let id = try scene.request()
                scene.drain()
                for _ in 0..<30 {
                    scene.wait(10)
                    try scene.receive(
                        scene.responseFrame(id.rawValue, status: "102", endStream: false))
                }
                try scene.complete(id)
            }
        },
        Traffic("a client refuses most pushed responses because it already has them", .client) {
            scene in
            var next: UInt32 = 2
            for _ in 0..<scene.rounds(2_000, of: 10) {
                let page = try scene.request()
                let promised = promise(10, &next)
                try scene.receive(promises(promised, on: page))
                scene.wait(0.05)
                for id in promised.prefix(8) {
                    try scene.connection.resetStream(H2StreamID(id), errorCode: .cancel)
                }
                for id in promised { try scene.receiveLate(H2StreamID(id)) }
                try scene.complete(page, body: 10_000)
                scene.waitApproximately(10)
            }
        },
        Traffic("users leave pages while the server still pushes", .client) { scene in
            var next: UInt32 = 2
            for _ in 0..<scene.rounds(2_000, of: 15) {
                let page = try scene.request()
                try scene.respond(to: page, endStream: false)
                let promised = promise(10, &next)
                try scene.receive(promises(promised, on: page))
                try scene.download(5_000, on: page, endStream: false)
                try scene.cancelAll([page] + promised.map { H2StreamID($0) })
                // These frames cross the resets.
                let late = promise(5, &next)
                try scene.receive(promises(late, on: page))
                for id in promised + late { try scene.receiveLate(H2StreamID(id)) }
                try scene.receiveLate(page, status: nil)
                scene.waitApproximately(5)
            }
        },
        Traffic("requests are cancelled while 100, 103, 200 and a body are in flight", .client) {
            scene in
            for _ in 0..<scene.count(20_000) {
                let id = try scene.request()
                scene.wait(0.02)
                try scene.cancel(id)
                try scene.receive(
                    scene.responseFrame(id.rawValue, status: "100", endStream: false)
                        + hints(id, scene))
                try scene.receiveLate(id)
            }
        },
        Traffic("a quiet response is kept alive with empty DATA every 10 s", .server, .client) {
            scene in
            let id = try scene.request(endStream: false)
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(60_000) {
                try scene.download(0, on: id, endStream: false)
                try scene.upload(0, on: id, endStream: false)
                scene.wait(10)
            }
        },
        Traffic("each response follows a 103 with 40 links of 200 bytes", .client) { scene in
            let link = "</" + String(repeating: "x", count: 180) + ">; rel=preload"
            var hints = HPACKEncoder()
            hints.literal(":status", "103")
            for _ in 0..<40 { hints.literal("link", link) }
            for _ in 0..<scene.count(10_000, debug: 300) {
                let id = try scene.request()
                try scene.receive(FrameBuilder.headers(id.rawValue, block: hints.bytes))
                try scene.complete(id, body: 10_000)
                scene.wait(0.01)
            }
        },
        Traffic("a server flushes each piece of its responses with empty DATA", .server, .client) {
            scene in
            for _ in 0..<scene.count(10_000) {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                for _ in 0..<4 {
                    try scene.download(200, on: id, endStream: false)
                    try scene.download(0, on: id, endStream: false)
                }
                try scene.download(0, on: id)
            }
        },
    ]

    private static func hints(_ id: H2StreamID, _ scene: Scene) -> [UInt8] {
        scene.responseFrame(
            id.rawValue, status: "103",
            [
                "link": "</style.css>; rel=preload; as=style",
                "link": "</script.js>; rel=preload; as=script",
                "link": "<https://cdn.example>; rel=preconnect",
            ], endStream: false)
    }

    private static func promise(_ count: Int, _ next: inout UInt32) -> [UInt32] {
        defer { next += UInt32(count) * 2 }
        return (0..<count).map { next + UInt32($0) * 2 }
    }

    private static func promises(_ ids: [UInt32], on page: H2StreamID) -> [UInt8] {
        ids.flatMap { FrameBuilder.pushPromise(page.rawValue, promised: $0, block: Attacker.get) }
    }
}
