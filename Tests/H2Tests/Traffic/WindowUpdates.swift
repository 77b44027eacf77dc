// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    private static let largest: UInt32 = 0x7fff_ffff
    private static let defaultWindow: UInt32 = 65_535

    /// Peers that enlarge their windows in different ways.
    static let windowUpdates: [Traffic] = readers + enlargers

    /// Peers that enlarge their windows as they read.
    private static let readers: [Traffic] = [
        Traffic(
            "rows of 60 bytes are each answered with WINDOW_UPDATE for stream and connection",
            .server, .client
        ) { scene in
            let id = try scene.startSending()
            let update = scene.windowUpdates(id.rawValue, 60)
            for _ in 0..<scene.count(60_000, debug: 3_000) {
                try scene.send(60, on: id)
                scene.drain()
                try scene.receive(update)
                scene.wait(0.001)
            }
            try scene.finishSending(id)
        },
        Traffic(
            "a table of 1,000 rows of 60 bytes is sent, then a peer updates both windows per frame",
            .server, .client
        ) { scene in
            for _ in 0..<scene.count(100, debug: 3) {
                let id = try scene.startSending()
                try scene.send(60_000, on: id, frameSize: 60)
                scene.drain()
                let update = scene.windowUpdates(id.rawValue, 60)
                for _ in 0..<1_000 { try scene.receive(update) }
                try scene.finishSending(id)
                scene.wait(0.1)
            }
        },
        Traffic(
            "the tail of a burst of 12 MB is read in pieces of 512 bytes", .server, .client,
            settings: [(0x4, 16 << 20)]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 16 << 20))
            for _ in 0..<scene.count(4, debug: 1) {
                let id = try scene.startSending()
                let length = scene.count(12_000_000, debug: 1_000_000)
                var unread = 0
                while unread < length {
                    unread += try scene.send(min(1_000_000, length - unread), on: id)
                    scene.drain()
                }
                while unread > 0 {
                    let piece = min(512, unread)
                    try scene.receive(scene.windowUpdates(id.rawValue, piece))
                    unread -= piece
                    scene.wait(0.000_5)
                }
                try scene.finishSending(id)
            }
        },
        slowReader(of: 512), slowReader(of: 64), slowReader(of: 60), slowReader(of: 1_024),
        slowReader(of: 4_096),
        goServer(reading: 512), goServer(reading: 64),
        Traffic(
            "a peer with streams of 2 GiB updates only the connection", .server, .client,
            settings: [(0x4, largest)]
        ) { scene in
            let id = try scene.startSending()
            for _ in 0..<scene.count(60_000, debug: 2_000) {
                let sent = try scene.send(8_192, on: id)
                scene.drain()
                try scene.receive(FrameBuilder.windowUpdate(0, increment: UInt32(sent)))
                scene.wait(0.001)
            }
            try scene.finishSending(id)
        },
        Traffic(
            "a peer enlarges the connection's window once and updates only streams", .server,
            .client
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: largest - defaultWindow))
            let id = try scene.startSending()
            for _ in 0..<scene.count(60_000, debug: 2_000) {
                let sent = try scene.send(8_192, on: id)
                scene.drain()
                try scene.receive(FrameBuilder.windowUpdate(id.rawValue, increment: UInt32(sent)))
                scene.wait(0.001)
            }
            try scene.finishSending(id)
        },
        Traffic(
            "a device with windows of 1,000 bytes reads bodies of 10 KB", .server, .client,
            settings: [(0x4, 1_000)]
        ) { scene in
            for _ in 0..<scene.count(2_000, debug: 60) {
                try scene.send(10_000, toReaderOf: 1_000, rate: 20_000)
                scene.wait(10)
            }
        },
        Traffic(
            "a device with windows of 1,000 bytes reads bodies of 1,010 bytes", .server, .client,
            settings: [(0x4, 1_000)]
        ) { scene in
            for _ in 0..<scene.count(20_000, debug: 300) {
                try scene.send(1_010, toReaderOf: 1_000, rate: 20_000)
                scene.wait(10)
            }
        },
        Traffic(
            "a device with windows of 1,000 bytes is sent 20 bytes a minute for two months",
            .server, .client, settings: [(0x4, 1_000)]
        ) { scene in
            let id = try scene.startSending()
            let update = scene.windowUpdates(id.rawValue, 20)
            for _ in 0..<scene.count(86_400, debug: 3_000) {
                try scene.send(20, on: id)
                scene.drain()
                try scene.receive(update)
                scene.wait(60)
            }
            try scene.finishSending(id)
        },
        Traffic("100 slow readers download at once, 1 KiB at a time", .server) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 10 << 20))
            let ids = try (0..<100).map { _ in try scene.startSending() }
            for id in ids { try scene.send(65_535, on: id) }
            scene.drain()
            for _ in 0..<scene.count(400, debug: 15) {
                for id in ids {
                    try scene.receive(scene.windowUpdates(id.rawValue, 1_024))
                    try scene.send(1_024, on: id)
                    scene.drain()
                    scene.wait(0.01)
                }
            }
            for id in ids { try scene.finishSending(id) }
        },
        Traffic(
            "a client uploads 1 GiB, and the peer updates both windows for each frame",
            .client
        ) { scene in
            let id = try scene.startSending()
            for _ in 0..<scene.count(65_536, debug: 2_000) {
                let sent = try scene.send(16_384, on: id)
                scene.drain()
                try scene.receive(scene.windowUpdates(id.rawValue, sent))
                scene.wait(0.001)
            }
            try scene.finishSending(id)
        },
    ]

    /// Peers whose window updates do not follow their reads.
    private static let enlargers: [Traffic] = [
        Traffic(
            "a peer enlarges its windows once to 2 GiB", .server, .client,
            settings: [(0x4, largest)]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: largest - defaultWindow))
            for _ in 0..<scene.count(400, debug: 20) {
                let id = try scene.startSending()
                try scene.send(1_000_000, on: id)
                scene.drain()
                try scene.finishSending(id)
                scene.wait(1)
            }
        },
        Traffic(
            "Firefox enlarges the window of each stream to 12 MB", .server,
            settings: [(0x1, 65_536), (0x2, 0), (0x4, 131_072), (0x5, 16_384)]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 12_517_377))
            for index in 0..<scene.count(20_000, debug: 1_000) {
                let id = scene.nextRequestID()
                try scene.receive(
                    scene.requestFrame(id, ["x-id": "1"])
                        + FrameBuilder.windowUpdate(id, increment: 12_451_840))
                let isUnchanged = index % 3 == 0
                try scene.respond(
                    to: H2StreamID(id), status: isUnchanged ? "304" : "200",
                    endStream: isUnchanged)
                if !isUnchanged {
                    try scene.send(20_000, on: H2StreamID(id), endStream: true)
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 20_000))
                }
                scene.drain()
                scene.waitApproximately(0.05)
            }
        },
        Traffic(
            "Chromium enlarges the connection's window to 15 MB, and updates windows at half",
            .server, settings: [(0x1, 65_536), (0x2, 0), (0x4, 6_291_456), (0x6, 262_144)]
        ) { scene in
            try scene.receive(FrameBuilder.windowUpdate(0, increment: 15_663_105))
            var unread = 0
            for _ in 0..<scene.count(300, debug: 6) {
                let id = try scene.startSending()
                for _ in 0..<2 {
                    unread += try scene.send(3_200_000, on: id)
                    scene.drain()
                    try scene.receive(
                        FrameBuilder.windowUpdate(id.rawValue, increment: 3_200_000))
                }
                if unread > 7_800_000 {
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: UInt32(unread)))
                    unread = 0
                }
                try scene.finishSending(id)
                scene.waitApproximately(2)
            }
        },
        Traffic("a server grants windows to 100 uploads that have not begun", .client) { scene in
            for _ in 0..<scene.count(200, debug: 10) {
                let ids = try (0..<100).map { _ in try scene.startSending() }
                for _ in 0..<4 {
                    for id in ids {
                        try scene.receive(
                            FrameBuilder.windowUpdate(id.rawValue, increment: 262_144))
                    }
                    scene.wait(0.05)
                }
                for id in ids {
                    try scene.send(1_000, on: id)
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 1_000))
                    try scene.finishSending(id)
                }
                scene.wait(1)
            }
        },
        Traffic("a peer updates the windows of streams that have just ended", .server, .client) {
            scene in
            for _ in 0..<scene.count(400, debug: 10) {
                var late: [UInt8] = []
                for _ in 0..<60 {
                    let id = try scene.startSending()
                    try scene.send(1_000, on: id)
                    try scene.finishSending(id)
                    late += scene.windowUpdates(id.rawValue, 1_000)
                }
                try scene.receive(late)
                scene.wait(0.2)
            }
        },
        Traffic(
            "a program resets streams, and the peer keeps updating their windows", .server, .client
        ) {
            scene in
            for _ in 0..<scene.count(4_000, debug: 100) {
                let id = try scene.startSending()
                try scene.send(20_000, on: id, frameSize: 1_000)
                try scene.connection.resetStream(id, errorCode: .cancel)
                scene.drain()
                let update = scene.windowUpdates(id.rawValue, 1_000)
                for _ in 0..<20 { try scene.receive(update) }
                scene.wait(0.02)
            }
        },
    ]

    /// A peer that reads slowly, so that its windows are nearly used up.
    private static func slowReader(of piece: Int) -> Traffic {
        Traffic("a slow peer reads \(piece) bytes at a time of large bodies", .server, .client) {
            scene in
            for _ in 0..<3 {
                let body = 65_535 + piece * scene.count(20_000, debug: 1_000)
                try scene.send(body, toReaderOf: piece, rate: 125_000)
            }
        }
    }

    /// A server that updates the connection for each read of a handler, although the stream has
    /// ended. Go did so before it collected updates.
    private static func goServer(reading piece: Int) -> Traffic {
        Traffic("an older Go server reads uploads of 8 KiB, \(piece) bytes at a time", .client) {
            scene in
            let update = FrameBuilder.windowUpdate(0, increment: UInt32(piece))
            for _ in 0..<scene.count(2_000, debug: 60) {
                let id = try scene.request(endStream: false)
                try scene.send(8_192, on: id, endStream: true)
                scene.drain()
                for _ in 0..<8_192 / piece { try scene.receive(update) }
                try scene.respond(to: id)
                scene.wait(1)
            }
        }
    }
}
