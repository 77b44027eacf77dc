// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Scene {
    /// The client opens a tunnel, and the server accepts it.
    ///
    /// - Parameter isWebSocket: Whether the tunnel is a WebSocket, RFC 8441.
    func tunnel(isWebSocket: Bool = false) throws -> H2StreamID {
        let id = H2StreamID(nextRequestID())
        var fields = [(":method", "CONNECT")]
        if isWebSocket {
            fields += [(":protocol", "websocket"), (":scheme", "https"), (":path", "/chat")]
        }
        fields.append((":authority", isWebSocket ? "a" : "a:22"))
        if isServer {
            try receive(FrameBuilder.headers(id.rawValue, block: HPACKEncoder.block(fields)))
        } else {
            var headers = H2Headers()
            for (name, value) in fields { headers.append(name, value) }
            try connection.sendHeaders(headers, on: id)
        }
        try respond(to: id, endStream: false)
        drain()
        return id
    }
}

extension Traffic {
    private static let webSockets: @Sendable (inout H2Configuration) -> Void = {
        if $0.role == .server { $0.initialSettings[.enableConnectProtocol] = 1 }
    }

    /// Streams that carry other protocols.
    static let tunnels: [Traffic] = [
        Traffic("keystrokes and their echo cross a tunnel byte by byte", .server, .client) {
            scene in
            let id = try scene.tunnel()
            for index in 0..<scene.count(80_000) {
                try scene.upload(1, on: id, endStream: false)
                scene.wait(0.02)
                try scene.download(1, on: id, endStream: false)
                scene.waitApproximately(index % 40 == 39 ? 30 : 0.2)
            }
        },
        Traffic(
            "a client enlarges both windows for each byte that it reads from a tunnel", .server
        ) { scene in
            let id = try scene.tunnel()
            for _ in 0..<scene.count(80_000) {
                try scene.upload(1, on: id, endStream: false)
                try scene.send(1, on: id)
                scene.drain()
                try scene.receive(scene.windowUpdates(id.rawValue, 1))
                scene.waitApproximately(0.2)
            }
        },
        Traffic("short tunnels end with RST_STREAM", .server, .client) { scene in
            for _ in 0..<scene.count(20_000) {
                let id = try scene.tunnel()
                try scene.upload(500, on: id, endStream: false)
                try scene.download(3_000, on: id, endStream: false)
                scene.waitApproximately(3)
                try scene.cancel(id)
                try scene.receiveLate(id, status: nil, body: 60)
            }
        },
        Traffic(
            "a WebSocket is pinged every 20 s for weeks", .server, .client,
            configuration: webSockets, settings: [(0x8, 1)]
        ) { scene in
            let id = try scene.tunnel(isWebSocket: true)
            for _ in 0..<scene.count(80_000) {
                try scene.download(2, on: id, endStream: false)
                // A client's frames are masked.
                try scene.upload(6, on: id, endStream: false)
                scene.wait(20)
            }
        },
        Traffic(
            "a WebSocket carries messages of a game, 30 a second each way", .server, .client,
            configuration: webSockets, settings: [(0x8, 1)]
        ) { scene in
            let id = try scene.tunnel(isWebSocket: true)
            for _ in 0..<scene.count(60_000) {
                try scene.upload(scene.number(in: 10...40), on: id, endStream: false)
                try scene.download(scene.number(in: 10...120), on: id, endStream: false)
                scene.wait(0.033)
            }
        },
        Traffic(
            "WebSockets are reopened each minute, with pings and a few messages",
            .server, .client, configuration: webSockets, settings: [(0x8, 1)]
        ) { scene in
            for _ in 0..<scene.count(10_000) {
                let id = try scene.tunnel(isWebSocket: true)
                for size in [6, 40, 6, 20] {
                    try scene.upload(size, on: id, endStream: false)
                    try scene.download(size, on: id, endStream: false)
                    scene.wait(15)
                }
                try scene.upload(8, on: id)
                try scene.download(4, on: id)
            }
        },
        Traffic("DNS names are looked up over HTTPS, 100 a second", .server, .client) { scene in
            for _ in 0..<scene.count(40_000) {
                let id = try scene.request(endStream: false)
                try scene.upload(45, on: id)
                scene.wait(0.01)
                try scene.complete(id, body: 61)
            }
        },
    ]
}
