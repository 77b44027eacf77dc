// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Large uploads and downloads, some of which end early.
    static let transfers: [Traffic] = [
        Traffic(
            "uploads are refused with 413 while 1 MiB is in flight, before larger windows apply",
            .server
        ) { scene in
            try scene.connection.incrementFlowControlWindow(by: (2 << 20) - 65_535)
            for _ in 0..<scene.rounds(100, of: 100) {
                try scene.connection.updateSettings([.initialWindowSize: 1 << 20])
                scene.drain()
                let id = try scene.request(endStream: false)
                try scene.respond(to: id, status: "413")
                try scene.abort(id, .noError)
                // The client reads SETTINGS first, sends what it may, and then reads the response.
                try scene.receive(FrameBuilder.settingsAck())
                let frame = FrameBuilder.data(id.rawValue, Scene.zeros(16_384))
                for _ in 0..<64 { try scene.receive(frame) }
                try scene.connection.updateSettings([.initialWindowSize: 65_535])
                scene.drain()
                try scene.receive(FrameBuilder.settingsAck())
                scene.waitApproximately(2)
            }
        },
        Traffic("uploads are refused with 413 and RST_STREAM midway", .client) { scene in
            for _ in 0..<scene.rounds(500, of: 20) {
                let id = try scene.request(endStream: false)
                try scene.upload(200_000, on: id, endStream: false)
                try scene.receive(
                    scene.responseFrame(id.rawValue, status: "413")
                        + FrameBuilder.rstStream(id.rawValue, code: 0))
                scene.waitApproximately(1)
            }
        },
        Traffic(
            "each of 2,000 small frames of a refused upload is answered with RST_STREAM", .client
        ) { scene in
            for _ in 0..<scene.rounds(60, of: 2_000) {
                let id = try scene.request(endStream: false)
                scene.drain()
                try scene.send(60_000, on: id, frameSize: 30)
                scene.drain()
                try scene.receive(scene.responseFrame(id.rawValue, status: "413"))
                for _ in 0..<2_000 {
                    try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 5))
                }
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 60_000))
                scene.wait(1)
            }
        },
        Traffic("clients cancel uploads of some 100 KB", .server, .client) { scene in
            for _ in 0..<scene.rounds(1_000, of: 10) {
                let id = try scene.request(endStream: false)
                try scene.upload(100_000, on: id, endStream: false)
                scene.waitApproximately(1)
                try scene.cancel(id)
                // The response of a server that failed in the meantime.
                try scene.receiveLate(id, status: "500", body: 100)
            }
        },
        Traffic("clients cancel uploads before their first byte", .server, .client) { scene in
            for index in 0..<scene.count(20_000) {
                let id = try scene.request(endStream: false)
                scene.waitApproximately(0.1)
                if index % 3 == 0 {
                    try scene.cancel(id)
                    try scene.receiveLate(id, status: "401", body: 0)
                } else {
                    try scene.upload(3_000, on: id)
                    try scene.complete(id, status: "201", body: 0)
                }
            }
        },
        Traffic("1 of 3 clients cancels a large download at its middle", .server, .client) {
            scene in
            for index in 0..<scene.rounds(500, of: 20) {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                try scene.download(150_000, on: id, endStream: false)
                scene.waitApproximately(2)
                if index % 3 == 0 {
                    try scene.cancel(id)
                    try scene.receiveLate(id, status: nil, body: 16_384)
                } else {
                    try scene.download(150_000, on: id)
                }
            }
        },
        Traffic(
            "clients cancel downloads with a whole window in flight", .client
        ) { scene in
            for _ in 0..<scene.rounds(1_000, of: 10) {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                try scene.cancel(id)
                let length = min(65_535, scene.connection.inboundFlowControlWindow)
                try scene.receive(
                    FrameBuilder.data(id.rawValue, Scene.zeros(16_384))
                        + FrameBuilder.data(id.rawValue, Scene.zeros(min(16_384, length - 16_384)))
                )
                scene.drain()
                scene.waitApproximately(0.5)
            }
        },
        Traffic("a slow reader enlarges both windows by 1,024 bytes at a time", .server) { scene in
            let id = try scene.request()
            try scene.respond(to: id, endStream: false)
            try scene.send(65_535, on: id)
            scene.drain()
            for _ in 0..<scene.count(40_000) {
                try scene.receive(scene.windowUpdates(id.rawValue, 1_024))
                try scene.send(1_024, on: id)
                scene.drain()
                scene.wait(0.02)
            }
        },
        Traffic("a proxy enlarges both windows for each 4 KiB that it reads", .server) { scene in
            for _ in 0..<scene.rounds(1_000, of: 20) {
                let id = try scene.request()
                try scene.respond(to: id, endStream: false)
                try scene.send(65_535, on: id)
                scene.drain()
                for _ in 0..<15 { try scene.receive(scene.windowUpdates(id.rawValue, 4_096)) }
                try scene.send(61_440, on: id, endStream: true)
                scene.drain()
                // The rest, and what was in flight when the stream ended.
                for _ in 0..<15 { try scene.receive(scene.windowUpdates(id.rawValue, 4_096)) }
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 4_095))
                scene.wait(0.1)
            }
        },
        Traffic("each upload waits for a 100 response before it begins", .server, .client) {
            scene in
            for _ in 0..<scene.count(20_000) {
                let id = try scene.request(["expect": "100-continue"], endStream: false)
                try scene.respond(to: id, status: "100", endStream: false)
                try scene.upload(2_000, on: id)
                try scene.complete(id, status: "201", body: 0)
                scene.waitApproximately(0.2)
            }
        },
        Traffic(
            "servers answer uploads before they are complete, and read the rest", .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(1_000, of: 10) {
                let id = try scene.request(endStream: false)
                try scene.upload(20_000, on: id, endStream: false)
                try scene.respond(to: id, status: "401")
                try scene.upload(20_000, on: id)
                scene.waitApproximately(1)
            }
        },
        Traffic(
            "uploads that fill the window of their stream are refused, with their end in flight",
            .server
        ) { scene in
            for _ in 0..<scene.rounds(500, of: 20) {
                let id = try scene.request(endStream: false)
                let window = try scene.connection.remoteFlowControlWindow(on: id)
                let pieces = [16_384, 16_384, 16_384, window - 3 * 16_384]
                for size in pieces where size > 0 {
                    try scene.receive(
                        FrameBuilder.data(id.rawValue, Scene.zeros(size)), acknowledging: false)
                }
                try scene.respond(to: id, status: "507")
                try scene.abort(id, .noError)
                try scene.receive(FrameBuilder.data(id.rawValue, endStream: true))
                try scene.connection.acknowledgeReceivedData(pieces.reduce(0, +), on: id)
                scene.drain()
                scene.waitApproximately(1)
            }
        },
    ]
}
