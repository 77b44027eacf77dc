// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Returns a request that adds a small field to the table and refers to it, `count` fields in
    /// all.
    static func bomb(_ count: Int, of name: String = "a", _ value: String = "") -> [UInt8] {
        var encoder = HPACKEncoder()
        encoder.raw(Attacker.get)
        encoder.literal(name, value, .incremental)
        return encoder.bytes + [UInt8](repeating: 0xbe, count: count - 1)
    }

    /// Returns a request with `count` cookies of one byte.
    static func crumbs(_ count: Int) -> [UInt8] { bomb(count, of: "cookie", "x") }

    /// Makes a connection join cookies, and four times as many.
    ///
    /// - Parameter slowly: Whether to copy everything for each cookie instead.
    static func join(for attacker: Attacker, slowly: Bool) throws {
        let growth = try CPUTime.growth(of: slowly ? 200 : 275) { count in
            let bytes = FrameBuilder.headers(1, block: crumbs(count), endStream: true)
            if slowly {
                return {
                    var joined: [UInt8] = []
                    for _ in 0..<count { joined = joined.map(\.self) + [0x3b, 0x20, 0x78] }
                    return joined.count
                }
            }
            let connection = H2Connection(.server)
            try connection.initiateConnection()
            _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings())
            return { try connection.receiveData(bytes).count }
        }
        try attacker.require(
            growth < CPUTime.linear, "four times as many cookies cost \(growth) times as much")
        try attacker.step(FrameBuilder.headers(1, block: crumbs(1_100), endStream: true)) {
            events in
            let cookie = events.first?.headers?["cookie"]
            try attacker.require(cookie?.utf8.count == 3 * 1_100 - 2, "the cookie is incomplete")
        }
    }

    static func resetAfterEnd(_ attacker: Attacker) throws {
        try attacker.call { connection throws(H2Error) in
            try connection.sendHeaders(.samplePost, on: 1)
        }
        let body = [UInt8](repeating: 7, count: 2_000)
        try attacker.step(
            FrameBuilder.headers(1, block: [0x88]) + FrameBuilder.data(1, body, endStream: true)
                + FrameBuilder.rstStream(1)
        ) { events in
            let received = events.flatMap { event in
                guard case .dataReceived(let data) = event else { return [UInt8]() }
                return Array(data.data)
            }
            try attacker.require(received == body, "\(received.count) bytes arrived")
            guard case .streamReset? = events.last else { throw AttackFailure("\(events)") }
            try attacker.require(
                events.contains(.streamEnded(.init(streamID: 1))), "the stream did not end")
        }
    }

    static func writeNothing(_ attacker: Attacker) throws {
        try attacker.step(FrameBuilder.headers(1, block: Attacker.get, endStream: true))
        let isSame = try attacker.call { connection throws(H2Error) in
            try connection.sendHeaders(.sampleResponse, on: 1)
            try connection.sendData([UInt8](repeating: 0, count: 10_000), on: 1, endStream: true)
            let before = connection.outboundByteCount
            for _ in 0..<10 { _ = connection.withDataToSend { _ in 0 } }
            return connection.hasDataToSend && connection.outboundByteCount == before
        }
        try attacker.require(isSame, "something was dropped")
        let types = try attacker.read().map(\.type)
        try attacker.require(types == [.headers, .data], "\(types)")
    }

    /// Client prefaces that end early or have a wrong byte, and invalid HTTP2-Settings values.
    static let prefaces: [AttackCase] = {
        let preface = FrameBuilder.preface()
        let whole = preface + FrameBuilder.settings()
        @Sendable func start(_ attacker: Attacker) throws {
            try attacker.call { connection throws(H2Error) in
                try connection.initiateConnection()
            }
            attacker.forgetSent()
        }
        func upgrade(_ name: String, _ ending: AttackCase.Ending, _ header: String) -> AttackCase {
            AttackCase(
                name, ending,
                off: .twin { attacker in
                    try attacker.call { connection throws(H2Error) in
                        try connection.initiateUpgradeConnection(settingsHeader: "AAMAAABk")
                    }
                }, settings: nil
            ) { attacker in
                try attacker.call { connection throws(H2Error) in
                    try connection.initiateUpgradeConnection(settingsHeader: header)
                }
            }
        }
        return preface.indices.map { length in
            AttackCase("\(length) bytes", .taken, settings: nil) { attacker in
                try start(attacker)
                try attacker.step(Array(preface.prefix(length)))
            }
        }
            + preface.indices.map { place in
                AttackCase(
                    "wrong at \(place)", .silence,
                    off: .twin {
                        try start($0)
                        try $0.step(whole)
                    }, settings: nil
                ) { attacker in
                    try start(attacker)
                    var wrong = whole
                    wrong[place] ^= 0x20
                    // The bytes after the first wrong one are not needed.
                    try attacker.step(Array(wrong.prefix(place + 1)))
                }
            } + [
                upgrade("upgrade, not base64url", .misuse, String(repeating: "*", count: 1 << 16)),
                upgrade("upgrade, half a setting", .misuse, "AAMAAABkAAM"),
            ]
    }()
}
