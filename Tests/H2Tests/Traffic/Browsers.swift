// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Thirty cookie fields, as browsers send them, in the field block of a request.
    private static let cookies: [UInt8] =
        Attacker.get
        + HPACKEncoder.block(
            (0..<30).map {
                ("cookie", "crumb-\($0)=0123456789abcdef0123456789abcdef0123456789abcdef")
            })

    /// How browsers load pages, and how their users cancel.
    static let browsers: [Traffic] = [
        Traffic(
            "Firefox loads pages of 100 parallel requests and opens the window of each stream",
            .server, settings: [(0x1, 65_536), (0x4, 131_072), (0x5, 16_384)]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 12_517_377))
            for _ in 0..<scene.rounds(600, of: 100) {
                let ids = try scene.flight(100) {
                    FrameBuilder.windowUpdate($0, increment: 12_451_840)
                }
                for id in ids { try scene.complete(id, body: 5_000) }
                scene.waitApproximately(20)
            }
        },
        Traffic(
            "an old Firefox builds its tree of priorities and adds each request to it", .server,
            settings: [(0x1, 65_536), (0x4, 131_072), (0x5, 16_384)]
        ) { scene in
            let groups: [(UInt32, UInt32, UInt8)] = [
                (3, 0, 200), (5, 0, 100), (7, 0, 0), (9, 7, 0), (11, 3, 0), (13, 0, 240),
            ]
            try scene.receive(
                groups.flatMap {
                    FrameBuilder.priority($0.0, dependsOn: $0.1, weightByte: $0.2)
                })
            while scene.nextRequestID() < 13 {}
            for _ in 0..<scene.rounds(2_000, of: 20) {
                for _ in 0..<20 {
                    let id = scene.nextRequestID()
                    try scene.receive(
                        FrameBuilder.headers(
                            id, block: Attacker.get, endStream: true, priority: (11, false, 21))
                            + FrameBuilder.priority(id, dependsOn: 9, weightByte: 21))
                    try scene.complete(H2StreamID(id), body: 3_000)
                }
                scene.waitApproximately(30)
            }
        },
        Traffic(
            "Chromium sends PRIORITY_UPDATE and GREASE frames with each request", .server,
            settings: [
                (0x1, 65_536), (0x2, 0), (0x4, 6_291_456), (0x6, 262_144), (0x5a5a, 0x1234_5678),
            ]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 15_663_105))
            for _ in 0..<scene.rounds(1_000, of: 40) {
                let ids = try scene.flight(40) { id in
                    priorityUpdate(id, "u=4, i")
                        + FrameBuilder.raw(
                            type: 0x0b + 0x1f * UInt8(scene.number(in: 1...7)), stream: id,
                            payload: Scene.zeros(scene.number(in: 0...16)))
                }
                scene.wait(0.05)
                // The images scroll into view.
                for id in ids.suffix(30) {
                    try scene.receive(priorityUpdate(id.rawValue, "u=1, i"))
                }
                for id in ids { try scene.complete(id, body: 8_000) }
                scene.waitApproximately(30)
            }
        },
        Traffic(
            "tabs are closed while their pages load, repeatedly", .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(300, of: 100) {
                try scene.complete(scene.request(), body: 30_000)
                let ids = try scene.flight(80)
                scene.wait(0.3)
                for id in ids.prefix(20) { try scene.complete(id, body: 8_000) }
                for id in ids[20..<40] {
                    try scene.respond(to: id, endStream: false)
                    try scene.download(8_000, on: id, endStream: false)
                }
                try scene.cancelAll(ids[20...])
                for id in ids[20..<40] { try scene.receiveLate(id, status: nil) }
                for id in ids[40..<60] { try scene.receiveLate(id) }
                scene.waitApproximately(10)
            }
        },
        Traffic(
            "tabs of a slow site are closed when only the document has arrived", .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(150, of: 60) {
                try scene.complete(scene.request(), body: 30_000)
                let ids = try scene.flight(60)
                scene.wait(0.4)
                try scene.cancelAll(ids)
                for id in ids { try scene.receiveLate(id, body: 500) }
                scene.waitApproximately(15)
            }
        },
        Traffic(
            "users go to the next page when half of the 100 responses of a page have arrived",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(300, of: 100) {
                let ids = try scene.flight(100)
                for id in ids {
                    try scene.respond(to: id, endStream: false)
                    try scene.download(2_000, on: id, endStream: false)
                }
                for id in ids.prefix(50) { try scene.download(2_000, on: id) }
                try scene.cancelAll(ids.suffix(50))
                for id in ids.suffix(50) { try scene.receiveLate(id, status: nil) }
                scene.waitApproximately(5)
            }
        },
        Traffic(
            "a search box sends a request at each key, and only the last of ten requests completes",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(2_000, of: 10) {
                for _ in 0..<9 {
                    let id = try scene.request(["x-query": "a"])
                    scene.wait(0.2)
                    try scene.cancel(id)
                    try scene.receiveLate(id)
                }
                let id = try scene.request(["x-query": "all"])
                scene.wait(0.15)
                try scene.complete(id)
                scene.waitApproximately(5)
            }
        },
        Traffic(
            "a viewer seeks in a video, and each seek cancels a response after 100 KB",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(2_000, of: 10) {
                let id = try scene.request(["range": "bytes=1000000-"])
                try scene.respond(to: id, status: "206", endStream: false)
                try scene.download(100_000, on: id, endStream: false)
                scene.waitApproximately(0.4)
                try scene.cancel(id)
                try scene.receiveLate(id, status: nil, body: 16_000)
            }
        },
        Traffic(
            "a viewer drags the seek bar, and ten range requests are cancelled before a response",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(2_000, of: 12) {
                for _ in 0..<10 {
                    let id = try scene.request(["range": "bytes=1000000-"])
                    scene.wait(0.1)
                    try scene.cancel(id)
                    try scene.receiveLate(id, status: "206", body: 16_000)
                }
                try scene.complete(scene.request(), status: "206", body: 300_000)
                scene.waitApproximately(10)
            }
        },
        Traffic(
            "a fast scroll cancels lazy images within 50 ms, and later ones load",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(1_000, of: 50) {
                let passing = try scene.flight(20)
                scene.wait(0.05)
                try scene.cancelAll(passing)
                for id in passing.prefix(5) { try scene.receiveLate(id) }
                for id in try scene.flight(10) { try scene.complete(id, body: 30_000) }
                scene.waitApproximately(3)
            }
        },
        Traffic("requests carry 30 cookie fields, and a quarter of them is cancelled", .server) {
            scene in
            for index in 0..<scene.count(20_000) {
                let id = scene.nextRequestID()
                try scene.receive(FrameBuilder.headers(id, block: cookies, endStream: true))
                scene.waitApproximately(0.1)
                if index % 4 == 0 {
                    try scene.cancel(H2StreamID(id))
                } else {
                    try scene.complete(H2StreamID(id))
                }
            }
        },
        Traffic(
            "a busy server refuses the prefetch requests of a browser, which retries them",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(2_000, of: 20) {
                for id in try scene.flight(10) { try scene.abort(id) }
                scene.wait(1)
                for id in try scene.flight(10) { try scene.complete(id, body: 1_000) }
                scene.waitApproximately(10)
            }
        },
        Traffic("a browser enlarges both windows for each frame of its downloads", .server) {
            scene in
            for size in [16_384, 4_096, 1_300, 100] {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                for _ in 0..<scene.count(10_000) {
                    try scene.send(size, on: id)
                    scene.drain()
                    try scene.receive(scene.windowUpdates(id.rawValue, size))
                    scene.wait(0.001)
                }
                try scene.download(0, on: id)
            }
        },
        Traffic("Chrome pings before it uses a connection that was idle", .server) { scene in
            for index in 0..<scene.count(40_000) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                scene.drain()
                scene.wait(0.02)
                try scene.complete(scene.request(), body: 500)
                scene.waitApproximately(60)
            }
        },
        Traffic("a page polls every 2 s, and nothing has changed", .server, .client) { scene in
            for _ in 0..<scene.count(60_000) {
                try scene.complete(
                    scene.request(["if-none-match": "\"1\""]), status: "304", body: 0)
                scene.wait(2)
            }
        },
        Traffic("a page sends beacons of 40 bytes when it is hidden", .server, .client) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request(endStream: false)
                try scene.upload(40, on: id)
                try scene.complete(id, status: "204", body: 0)
                scene.waitApproximately(30)
            }
        },
        Traffic(
            "a browser sends PRIORITY for 100 loading images at each step of a scroll", .server
        ) { scene in
            for _ in 0..<scene.rounds(60, of: 1_000) {
                let ids = try scene.flight(100)
                for step in 0..<10 {
                    try scene.receive(
                        ids.flatMap {
                            FrameBuilder.priority($0.rawValue, weightByte: UInt8(step * 20))
                        })
                    scene.wait(0.2)
                }
                for id in ids { try scene.complete(id, body: 8_000) }
                scene.waitApproximately(20)
            }
        },
        Traffic("requests carry 40 KB of cookies in HEADERS and CONTINUATION", .server) { scene in
            let value = String(repeating: "x", count: 4_000)
            let crumbs = (0..<10).map { ("cookie", "c\($0)=\(value)") }
            let block = Attacker.get + HPACKEncoder.block(crumbs)
            for index in 0..<scene.rounds(2_000, of: 10) {
                let id = scene.nextRequestID()
                try scene.receive(
                    FrameBuilder.split(id, block: block, every: 16_384, endStream: true))
                scene.wait(0.2)
                if index % 4 == 0 {
                    try scene.cancel(H2StreamID(id))
                } else {
                    try scene.complete(H2StreamID(id))
                }
            }
        },
    ]

    /// PRIORITY_UPDATE, RFC 9218 §7.1.
    private static func priorityUpdate(_ id: UInt32, _ value: String) -> [UInt8] {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        return FrameBuilder.raw(type: 0x10, payload: bytes + Array(value.utf8))
    }
}
