// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Unary gRPC calls: how they end, and how they are retried.
    static let grpc: [Traffic] = [
        Traffic("1 of 20 unary calls exceeds its deadline", .server, .client) { scene in
            for index in 0..<scene.count(40_000) {
                let id = try scene.call()
                if index % 20 == 0 {
                    scene.wait(1)
                    try scene.cancel(id)
                } else {
                    scene.wait(0.01)
                    try scene.reply(to: id)
                }
            }
        },
        Traffic(
            "a client cancels 50 calls a second, while their replies are in flight", .client
        ) { scene in
            for _ in 0..<scene.count(60_000) {
                let id = try scene.call()
                scene.wait(0.02)
                try scene.cancel(id)
                try scene.receive(
                    scene.responseFrame(id.rawValue, endStream: false)
                        + FrameBuilder.data(id.rawValue, Scene.zeros(105))
                        + scene.trailersFrame(id.rawValue))
                scene.drain()
            }
        },
        Traffic("calls end each half with empty DATA", .server, .client) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request(["te": "trailers"], endStream: false)
                try scene.upload(105, on: id, endStream: false)
                try scene.upload(0, on: id)
                try scene.reply(to: id)
                scene.wait(0.01)
            }
        },
        Traffic(
            "90 streams at a time carry only HEADERS and an empty DATA frame, and are replaced",
            .server, .client
        ) { scene in
            for _ in 0..<scene.rounds(400, of: 90) {
                let ids = try (0..<90).map { _ in
                    let id = try scene.request(endStream: false)
                    try scene.upload(0, on: id, endStream: false)
                    return id
                }
                for id in ids {
                    try scene.respond(to: id, endStream: false)
                    try scene.download(0, on: id, endStream: false)
                }
                scene.wait(0.1)
                for id in ids {
                    try scene.upload(0, on: id)
                    try scene.sendTrailers(on: id)
                }
            }
        },
        Traffic("the health of a service is checked every second", .server, .client) { scene in
            for _ in 0..<scene.count(60_000) {
                try scene.reply(to: scene.call(5), 7)
                scene.wait(1)
            }
        },
        Traffic("failing calls have trailers-only responses", .server, .client) { scene in
            for _ in 0..<scene.count(60_000) {
                let id = try scene.call()
                scene.wait(0.01)
                try scene.respond(to: id, ["grpc-status": "14"])
                scene.drain()
            }
        },
        Traffic(
            "calls are hedged, and the slower of two copies is cancelled", .server, .client
        ) { scene in
            for _ in 0..<scene.count(30_000) {
                let first = try scene.call()
                scene.wait(0.01)
                let second = try scene.call()
                scene.wait(0.01)
                let isFirst = scene.chance(0.5)
                try scene.reply(to: isFirst ? first : second)
                let slower = isFirst ? second : first
                try scene.cancel(slower)
                try scene.receiveLate(slower)
            }
        },
        Traffic("calls are refused under load and retried", .server, .client) { scene in
            for _ in 0..<scene.count(30_000) {
                try scene.abort(scene.call())
                scene.wait(0.02)
                try scene.reply(to: scene.call())
            }
        },
        Traffic("a load balancer drains connections while 100 calls finish", .client) { scene in
            for index in 0..<scene.count(100) / 10 {
                let other = try scene.another(index % 2 == 0 ? .none : .realistic)
                let ids = try (0..<100).map { _ in try other.call() }
                try other.receive(
                    FrameBuilder.goAway(last: 0x7fff_ffff) + FrameBuilder.ping(UInt64(index)))
                other.wait(0.1)
                let last = ids.last?.rawValue ?? 0
                try other.receive(FrameBuilder.goAway(last: last))
                for id in ids { try other.reply(to: id) }
            }
        },
        Traffic("a client sends GOAWAY while 100 calls finish", .server) { scene in
            for index in 0..<scene.count(100) / 10 {
                let other = try scene.another(index % 2 == 0 ? .none : .realistic)
                let ids = try (0..<100).map { _ in try other.call() }
                try other.receive(FrameBuilder.goAway(last: 0))
                other.wait(0.1)
                for id in ids { try other.reply(to: id) }
            }
        },
        Traffic(
            "a connection is kept alive with a PING every 10 s, with calls and without",
            .server, .client
        ) { scene in
            for index in 0..<scene.count(80_000) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                // An hour with calls, and a night without.
                if index % 4_000 < 360 { try scene.reply(to: scene.call()) }
                scene.drain()
                scene.wait(10)
            }
        },
        Traffic(
            "both sides keep a connection alive with a PING every 10 s", .server, .client
        ) { scene in
            for index in 0..<scene.count(80_000) {
                try scene.connection.ping(H2PingData(UInt64(index)))
                scene.drain()
                try scene.receive(
                    FrameBuilder.ping(UInt64(index), ack: true) + FrameBuilder.ping(UInt64(index)))
                scene.drain()
                scene.wait(10)
            }
        },
    ]
}
