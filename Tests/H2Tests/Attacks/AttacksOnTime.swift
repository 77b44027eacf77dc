// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Row 44: peers that keep streams or the connection waiting, until a deadline passes.
    static let onTime: [Attack] = [
        .rule(
            "44a", "small-window stalled streams", "drainRate", bound: 1_100, requests: 100,
            [
                AttackCase(
                    "", .reset(.cancel), off: .check { $0.deadlines.drainRate = nil }, patient,
                    settings: [(0x4, 0)], run: stall)
            ]),
        .rule(
            "44b", "field block byte by byte", "fieldBlock", bound: 11,
            [
                AttackCase(
                    "", .goAway(.deadlineExpired, .enhanceYourCalm),
                    off: .check { $0.deadlines.fieldBlock = nil }, patient, run: trickle)
            ]),
        .rule(
            "44c", "bodies that never come", "streamInactivity", bound: 101, requests: 100,
            [
                AttackCase(
                    "", .reset(.cancel), off: .check { $0.deadlines.streamInactivity = nil },
                    patient
                ) { attacker in
                    for id in Attacker.streams(100) {
                        try attacker.step(FrameBuilder.post(id), at: second(1))
                    }
                    // Frames on the connection do not count as progress.
                    try attacker.step(
                        FrameBuilder.windowUpdate(0, increment: 1), at: second(10))
                    try handle(attacker, at: 11)
                    try attacker.read()
                }
            ]),
        .rule(
            "44d", "a peer that does not read", "output", bound: 10,
            [
                AttackCase(
                    "", .silence, off: .check { $0.deadlines.output = nil }, patient
                ) { attacker in
                    for index in 1...10 {
                        try attacker.step(FrameBuilder.ping(1), at: second(index))
                    }
                    try handle(attacker, at: 11)
                }
            ]),
        .rule(
            "44e", "a peer that disappears", "keepalive", bound: 1, requests: 1,
            [
                AttackCase(
                    "", .silence, off: .check { $0.deadlines.keepalive = nil },
                    patient.with {
                        $0.deadlines = H2Deadlines()
                        $0.deadlines.keepalive = .init(
                            interval: .seconds(10), answer: .seconds(5))
                    }
                ) { attacker in
                    try attacker.step(FrameBuilder.get(1), at: second(1))
                    try handle(attacker, at: 11)
                    try handle(attacker, at: 16)
                }
            ]),
    ]

    /// A server with deadlines of 10 s.
    private static let patient = H2Configuration.server.with {
        $0.deadlines.drainRate = .init(bytes: 1_000, per: .seconds(10))
        $0.deadlines.fieldBlock = .seconds(10)
        $0.deadlines.streamInactivity = .seconds(10)
        $0.deadlines.output = .seconds(10)
    }

    private static func second(_ count: Int) -> H2Instant { H2Instant(.seconds(count)) }

    private static func handle(_ attacker: Attacker, at seconds: Int) throws {
        // The events are released while memory is measured.
        try attacker.call { connection throws(H2Error) in
            _ = try connection.handleDeadlines(at: second(seconds))
        }
    }

    /// Reads 100 responses through windows that grow by one byte each second.
    private static func stall(_ attacker: Attacker) throws {
        for id in Attacker.streams(100) {
            try attacker.step(FrameBuilder.get(id), at: second(1))
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                try connection.enqueueData([UInt8](repeating: 0, count: 2_000), on: H2StreamID(id))
            }
        }
        try attacker.read()
        try handle(attacker, at: 1)
        for time in 2...11 {
            for id in Attacker.streams(100) {
                try attacker.step(FrameBuilder.windowUpdate(id, increment: 1), at: second(time))
            }
            try attacker.read()
        }
        try handle(attacker, at: 11)
        try attacker.read()
    }

    /// Sends a field block one byte each second.
    private static func trickle(_ attacker: Attacker) throws {
        let name: [UInt8] = [0x00, 0x7f, 0x00]
        try attacker.step(
            FrameBuilder.headers(1, block: Attacker.get + name, endHeaders: false), at: second(1))
        for time in 2...20 {
            try handle(attacker, at: time)
            try attacker.step(
                FrameBuilder.continuation(1, block: [0x61], endHeaders: false), at: second(time))
        }
    }
}
