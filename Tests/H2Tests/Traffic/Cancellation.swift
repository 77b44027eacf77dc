// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Requests that clients cancel.
    static let cancellation: [Traffic] = [
        Traffic("the clients of a proxy cancel 60 % of 200 requests a second", .server) { scene in
            for _ in 0..<scene.count(60_000) {
                let id = try scene.request(["x-id": "1"])
                scene.wait(0.005)
                if scene.chance(0.6) {
                    try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                } else {
                    try scene.respond(to: id)
                }
                scene.drain()
            }
        },
        Traffic("long polls are cancelled every 30 s for five days", .server) { scene in
            for _ in 0..<scene.count(14_400) {
                let id = try scene.request()
                scene.wait(30)
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                scene.drain()
            }
        },
        Traffic(
            "late frames of 60 bytes are each answered with RST_STREAM by a peer that cancelled",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(40, of: 1_050) {
                let id = try scene.request(endStream: scene.isServer)
                if scene.isServer { try scene.respond(to: id, endStream: false) }
                try scene.send(63_000, on: id, frameSize: 60)
                scene.drain()
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                for _ in 0..<1_050 {
                    try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 5))
                }
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 63_000))
                scene.wait(1)
            }
        },
        Traffic("responses complete before the client's RST_STREAM arrives", .server) {
            scene in
            for _ in 0..<scene.count(60_000) {
                let id = try scene.request()
                scene.wait(0.01)
                try scene.complete(id, body: 200)
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
            }
        },
        Traffic(
            "a load generator ends each of its runs with 100 cancelled requests", .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(200, of: 400) {
                for _ in 0..<3 {
                    for id in try scene.flight(100) { try scene.complete(id, body: 100) }
                    scene.wait(0.1)
                }
                let ids = try scene.flight(100)
                try scene.cancelAll(ids)
                for id in ids { try scene.receiveLate(id, body: 100) }
                scene.waitApproximately(60)
            }
        },
        Traffic(
            "a server resets uploads while DATA and trailers are in flight", .server
        ) { scene in
            for _ in 0..<scene.count(30_000) {
                let id = try scene.request(endStream: false)
                try scene.upload(500, on: id, endStream: false)
                try scene.abort(id, .cancel)
                try scene.receive(
                    FrameBuilder.data(id.rawValue, Scene.zeros(500))
                        + scene.trailersFrame(id.rawValue))
                scene.drain()
                scene.wait(0.02)
            }
        },
    ]
}
