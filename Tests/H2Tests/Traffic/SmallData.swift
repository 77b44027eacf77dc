// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// DATA frames with little data, or none.
    static let smallData: [Traffic] = [1, 5, 20, 63].map(messages) + backPressure + emptyFrames

    private static func messages(of length: Int) -> Traffic {
        Traffic(
            "each message of \(length) bytes arrives in its own frame, and is read immediately",
            .server, .client
        ) { scene in
            let id = try scene.startReceiving()
            let frame = scene.data(id, length)
            for _ in 0..<scene.count(100_000) {
                try scene.receive(frame)
                scene.drain()
                scene.wait(0.001)
            }
            try scene.finishReceiving(id)
        }
    }

    private static let backPressure: [Traffic] = [
        Traffic(
            "messages of 5 bytes fill a window of 64 KiB before they are read",
            .server, .client
        ) { scene in
            let id = try scene.startReceiving()
            for _ in 0..<scene.count(10, debug: 2) {
                try scene.fill(id, frames: 13_107, of: 5)
                scene.wait(1)
                try scene.connection.acknowledgeReceivedData(65_535, on: id)
                scene.drain()
            }
            try scene.finishReceiving(id)
        },
        Traffic(
            "messages of 5 bytes fill a window of 64 KiB that is reopened piece by piece",
            .server, .client
        ) { scene in
            let id = try scene.startReceiving()
            var unread = 0
            for _ in 0..<scene.count(40, debug: 3) {
                let frames = try scene.connection.remoteFlowControlWindow(on: id) / 5
                try scene.fill(id, frames: frames, of: 5)
                unread += frames * 5
                while unread > 32_000 {
                    try scene.connection.acknowledgeReceivedData(1_000, on: id)
                    unread -= 1_000
                    scene.wait(0.01)
                }
                scene.drain()
            }
            try scene.connection.acknowledgeReceivedData(unread, on: id)
            try scene.finishReceiving(id)
        },
        Traffic(
            "messages of 5 bytes fill windows of 1 MiB on 10 streams before they are read",
            .server, .client,
            configuration: { $0.initialSettings[.initialWindowSize] = 1 << 20 }
        ) { scene in
            try scene.connection.incrementFlowControlWindow(by: 10 << 20, on: .connection)
            scene.drain()
            let ids = try (0..<10).map { _ in try scene.startReceiving() }
            let frames = scene.count(209_715, debug: 1_500)
            for id in ids { try scene.fill(id, frames: frames, of: 5) }
            scene.wait(1)
            for id in ids {
                try scene.connection.acknowledgeReceivedData(frames * 5, on: id)
                try scene.finishReceiving(id)
            }
        },
        Traffic("DATA is padded with 0 to 255 bytes", .server, .client) { scene in
            let id = try scene.startReceiving()
            for index in 0..<scene.count(20_000) {
                try scene.receive(
                    scene.data(id, 100, padLength: UInt8(truncatingIfNeeded: index)))
                scene.drain()
                scene.wait(0.01)
            }
            try scene.finishReceiving(id)
        },
        Traffic(
            "each byte of a body arrives in a frame with 0 to 255 bytes of padding",
            .server, .client
        ) { scene in
            let id = try scene.startReceiving()
            for index in 0..<scene.count(40_000) {
                try scene.receive(
                    scene.data(id, 1, padLength: UInt8(truncatingIfNeeded: index)))
                scene.drain()
                scene.wait(0.01)
            }
            try scene.finishReceiving(id)
        },
        Traffic(
            "bodies of 1 or 2 bytes end with an empty frame, and the window is enlarged at half",
            .server, .client
        ) { scene in
            var unread = 0
            // More frames in all than the allowance.
            for index in 0..<scene.count(20_000, debug: 14_000) {
                let id = try scene.startReceiving()
                let length = 1 + index % 2
                try scene.receive(scene.data(id, length), acknowledging: false)
                unread += length
                try scene.finishReceiving(id)
                if unread >= 32_768 {
                    try scene.connection.incrementFlowControlWindow(by: unread)
                    unread = 0
                }
                scene.wait(0.002)
            }
        },
        Traffic("tables of 1,000 rows are uploaded in frames of 60 bytes", .server) { scene in
            for _ in 0..<scene.count(100, debug: 5) {
                let id = try scene.startReceiving()
                try scene.fill(id, frames: 1_000, of: 60)
                try scene.connection.acknowledgeReceivedData(60_000, on: id)
                try scene.finishReceiving(id)
                scene.wait(1)
            }
        },
        Traffic("a log shipper sends 1,000 lines a second, each in a frame", .server) { scene in
            let id = try scene.startReceiving()
            for _ in 0..<scene.count(100_000) {
                try scene.receive(scene.data(id, scene.number(in: 20...200)))
                scene.drain()
                scene.wait(0.001)
            }
            try scene.finishReceiving(id)
        },
        Traffic("a tunnel carries keystrokes, and the echo of each", .server, .client) { scene in
            let id = try scene.tunnel()
            for _ in 0..<scene.count(60_000) {
                try scene.receive(scene.data(id, 1))
                try scene.send(1, on: id)
                scene.drain()
                try scene.receive(scene.windowUpdates(id.rawValue, 1))
                scene.waitApproximately(0.2)
            }
            try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
        },
    ]

    private static let emptyFrames: [Traffic] = [
        Traffic("bodies end with an empty frame", .server, .client) { scene in
            for index in 0..<scene.count(40_000, debug: 2_000) {
                let id = try scene.startReceiving()
                try scene.receive(scene.data(id, index % 3 * 500))
                try scene.finishReceiving(id)
                scene.wait(0.01)
            }
        },
        Traffic("an empty frame flushes each message", .server, .client) { scene in
            let id = try scene.startReceiving()
            for _ in 0..<scene.count(60_000) {
                try scene.receive(scene.data(id, scene.number(in: 5...500)) + scene.data(id, 0))
                scene.drain()
                scene.wait(0.001)
            }
            try scene.finishReceiving(id)
        },
        Traffic("90 streams are open, and each starts with an empty DATA frame", .server, .client) {
            scene in
            var ids: [H2StreamID] = []
            for index in 0..<scene.count(60_000, debug: 2_000) {
                if ids.count == 90 {
                    // One ends, another begins.
                    try scene.finishReceiving(ids.remove(at: index % 90))
                }
                let id = try scene.startReceiving()
                try scene.receive(scene.data(id, 0))
                ids.append(id)
                scene.wait(0.01)
            }
            for id in ids { try scene.finishReceiving(id) }
        },
    ]
}

extension Scene {
    /// Opens a tunnel, RFC 9113 §8.5.
    fileprivate func tunnel() throws -> H2StreamID {
        let id = H2StreamID(nextRequestID())
        let fields: KeyValuePairs = [":method": "CONNECT", ":authority": "a:22"]
        if isServer {
            try receive(FrameBuilder.headers(id.rawValue, fields))
        } else {
            try connection.sendHeaders(
                H2Headers(fields.map { ($0.key, $0.value) }), on: id, endStream: false)
        }
        try respond(to: id, endStream: false)
        drain()
        return id
    }
}
