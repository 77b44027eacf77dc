// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Traffic {
    /// Long-lived connections with little traffic.
    static let keepalive: [Traffic] = [
        Traffic("an idle connection is pinged every 30 s for a month", .server, .client) { scene in
            for index in 0..<scene.count(86_400) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                scene.drain()
                scene.wait(30)
            }
        },
        Traffic("a peer announces its settings every minute for a month", .server, .client) {
            scene in
            for index in 0..<scene.count(43_200) {
                try scene.receive(FrameBuilder.settings([(0x4, 65_535 + UInt32(index % 2))]))
                scene.drain()
                scene.wait(60)
            }
        },
        Traffic(
            "a peer changes the size of its header table every 5 minutes for a month", .server,
            .client
        ) { scene in
            for index in 0..<scene.count(8_640) {
                try scene.receive(FrameBuilder.settings([(0x1, index % 2 == 0 ? 0 : 4_096)]))
                scene.drain()
                if index % 10 == 0 { try scene.exchange(body: 100) }
                scene.wait(300)
            }
        },
        Traffic(
            "an unknown frame every 10 s keeps a connection alive for 10 days", .server, .client
        ) {
            scene in
            let frame = FrameBuilder.raw(type: 0xfa, payload: [1, 2, 3])
            for _ in 0..<scene.count(86_400) {
                try scene.receive(frame)
                scene.wait(10)
            }
        },
        Traffic("a server sends 102 Processing every 10 s for 10 days", .client) { scene in
            let id = try scene.request()
            scene.drain()
            let frame = scene.responseFrame(id.rawValue, status: "102", endStream: false)
            for _ in 0..<scene.count(86_400) {
                try scene.receive(frame)
                scene.wait(10)
            }
            try scene.respond(to: id)
        },
        Traffic("an empty DATA frame every 15 s keeps a stream alive for 10 days", .server, .client)
        {
            scene in
            let id = try scene.startReceiving()
            let frame = scene.data(id, 0)
            for _ in 0..<scene.count(57_600) {
                try scene.receive(frame)
                scene.wait(15)
            }
            try scene.finishReceiving(id)
        },
        Traffic("a server announces an alternative service every hour for two years", .client) {
            scene in
            let frame = FrameBuilder.altSvc(0, origin: "https://a", field: "h3=\":443\"")
            for _ in 0..<scene.count(17_520) {
                try scene.receive(frame)
                scene.wait(3_600)
            }
        },
        Traffic("a server announces its origins every hour for two years", .client) { scene in
            let origin = Array("https://a.example".utf8)
            let frame = FrameBuilder.raw(type: 0xc, payload: [0, UInt8(origin.count)] + origin)
            for _ in 0..<scene.count(17_520) {
                try scene.receive(frame)
                scene.wait(3_600)
            }
        },
        Traffic("the program pings every 10 s for two weeks", .server, .client) { scene in
            for index in 0..<scene.count(120_960) {
                try scene.connection.ping(H2PingData(UInt64(index)))
                scene.drain()
                scene.wait(0.1)
                try scene.receive(FrameBuilder.ping(UInt64(index), ack: true))
                scene.wait(9.9)
            }
        },
        Traffic(
            "a phone wakes every 15 minutes, sends three requests and cancels one, for weeks",
            .server
        ) { scene in
            for _ in 0..<scene.count(10_000, debug: 1_000) {
                try scene.exchange(body: 2_000)
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 2_000))
                scene.wait(0.1)
                try scene.exchange(body: 500)
                try scene.receive(FrameBuilder.windowUpdate(0, increment: 500))
                scene.wait(0.1)
                let id = try scene.request()
                scene.wait(0.2)
                try scene.receive(FrameBuilder.rstStream(id.rawValue, code: 8))
                scene.drain()
                scene.wait(900)
            }
        },
        Traffic("a sensor posts 20 bytes every minute for two months", .server, .client) { scene in
            for _ in 0..<scene.count(86_400, debug: 2_000) {
                let id = try scene.request(["content-type": "application/cbor"], endStream: false)
                if scene.isServer {
                    try scene.receive(scene.data(id, 20, endStream: true))
                } else {
                    try scene.send(20, on: id, endStream: true)
                    try scene.receive(FrameBuilder.windowUpdate(0, increment: 20))
                }
                try scene.respond(to: id, status: "204")
                scene.drain()
                scene.wait(60)
            }
        },
        Traffic(
            "a watch receives a message of 30 bytes every minute for two months",
            .server, .client
        ) { scene in
            let id = try scene.startReceiving()
            let frame = scene.data(id, 30)
            for _ in 0..<scene.count(86_400) {
                try scene.receive(frame)
                scene.drain()
                scene.wait(60)
            }
            try scene.finishReceiving(id)
        },
        Traffic(
            "a watch sends a message of 30 bytes every minute for two months",
            .server, .client
        ) { scene in
            let id = try scene.startSending()
            let update = scene.windowUpdates(id.rawValue, 30)
            for _ in 0..<scene.count(86_400, debug: 3_000) {
                try scene.send(30, on: id)
                scene.drain()
                try scene.receive(update)
                scene.wait(60)
            }
            try scene.finishSending(id)
        },
        Traffic("a chat carries a few bytes each way on one stream", .server, .client) { scene in
            let id = try scene.request(endStream: false)
            try scene.respond(to: id, endStream: false)
            for _ in 0..<scene.count(40_000) {
                try scene.receive(scene.data(id, scene.number(in: 1...40)))
                let length = scene.number(in: 1...40)
                try scene.send(length, on: id)
                scene.drain()
                try scene.receive(scene.windowUpdates(id.rawValue, length))
                scene.waitApproximately(2)
            }
            if scene.isServer { try scene.receive(scene.data(id, 0, endStream: true)) }
            try scene.connection.endStream(id)
            if !scene.isServer { try scene.receive(scene.data(id, 0, endStream: true)) }
        },
        Traffic(
            "a peer changes windows and MAX_CONCURRENT_STREAMS every second with 100 open streams",
            .server, .client
        ) { scene in
            let ids = try (0..<100).map { _ in try scene.startSending() }
            for index in 0..<scene.count(20_000, debug: 200) {
                let streams = 100 + UInt32(scene.number(in: 0...100))
                let size = UInt32(scene.number(in: 32_768...1_048_576))
                try scene.receive(FrameBuilder.settings([(0x3, streams), (0x4, size)]))
                for step in 0..<10 {
                    let id = ids[(index * 10 + step) % 100]
                    let sent = try scene.send(1_000, on: id)
                    scene.drain()
                    if sent > 0 { try scene.receive(scene.windowUpdates(id.rawValue, sent)) }
                    scene.wait(0.1)
                }
            }
            for id in ids { try scene.finishSending(id) }
        },
        Traffic("a peer tunes its windows each second while 100 streams wait", .server, .client) {
            scene in
            let ids = try (0..<100).map { _ in try scene.startSending() }
            for index in 0..<scene.count(20_000) {
                try scene.receive(
                    FrameBuilder.settings([(0x4, 65_535 + 16_384 * UInt32(index % 4))]))
                scene.drain()
                scene.wait(1)
            }
            for id in ids { try scene.finishSending(id) }
        },
        Traffic("a peer sends PING with each message, to learn the bandwidth", .server, .client) {
            scene in
            for index in 0..<scene.count(40_000, debug: 2_000) {
                try scene.receive(FrameBuilder.ping(UInt64(index)))
                let id = try scene.startReceiving()
                try scene.receive(scene.data(id, 900) + FrameBuilder.ping(UInt64(index)))
                try scene.finishReceiving(id)
                scene.wait(0.01)
            }
        },
        Traffic(
            "a server sends GOAWAY twice while 100 streams finish", .client,
            clocks: [.none]
        ) { scene in
            for _ in 0..<scene.count(100, debug: 4) {
                try scene.onOtherConnections { other in
                    let ids = try (0..<100).map { _ in try other.request() }
                    other.drain()
                    try other.receive(FrameBuilder.goAway(last: 0x7fff_ffff))
                    other.wait(1)
                    try other.receive(FrameBuilder.ping(1))
                    try other.receive(FrameBuilder.goAway(last: 199))
                    for id in ids {
                        try other.respond(to: id, endStream: false)
                        try other.receive(other.data(id, 500, endStream: true))
                        other.wait(0.1)
                    }
                    try other.receive(FrameBuilder.goAway(last: 199))
                }
            }
        },
        Traffic(
            "a client sends GOAWAY twice while 100 streams finish", .server,
            clocks: [.none]
        ) { scene in
            for _ in 0..<scene.count(100, debug: 4) {
                try scene.onOtherConnections { other in
                    let ids = try (0..<100).map { _ in try other.request() }
                    try other.receive(FrameBuilder.goAway(last: 0x7fff_ffff))
                    other.wait(1)
                    try other.receive(FrameBuilder.goAway(last: 0))
                    for id in ids {
                        try other.respond(to: id, endStream: false)
                        try other.send(500, on: id, endStream: true)
                        other.wait(0.1)
                    }
                    other.drain()
                }
            }
        },
        Traffic("a connection carries a million requests", .server, .client, clocks: [.none]) {
            scene in
            for _ in 0..<scene.count(1_000_000, debug: 5_000) {
                let id = try scene.request()
                try scene.respond(to: id)
                scene.drain()
            }
        },
    ]
}
