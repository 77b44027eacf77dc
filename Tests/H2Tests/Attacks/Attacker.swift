// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// A connection, and an attacker at its other end whose frames a script supplies step by step.
///
/// The connection's events, time and memory are measured. After the handshake, only the script
/// removes output. Whatever ends the attack ends the script, with an error that `perform` catches.
final class Attacker {
    /// How the bytes of the steps arrive.
    enum Delivery: Hashable, Sendable, CaseIterable {
        /// Each step in its own call.
        case stepwise
        /// As many steps in one call as the script allows, and as fit in a read of 16 KiB.
        case inReads
        /// Each step in its own call, which is passed the same time as all others.
        case timed

        /// The time that is passed to a call if the script passes none.
        var instant: H2Instant? { self == .timed ? H2Instant(nanoseconds: 1_000) : nil }
    }

    /// Thrown to leave a script.
    private struct Stopped: Error {}

    /// The observations.
    struct Report: Sendable {
        /// The number of steps until the attack ended.
        var steps = 0
        /// The number of requests that reached the caller.
        var requests = 0
        /// Nanoseconds in the library.
        var nanoseconds = 0
        /// The peak heap size of the connection in bytes, and the bytes that leaked.
        var peak = 0
        var leaked = 0
        var error: ErrorFacts?
        var limit: H2Limit?
        /// The size of the output when the error occurred, in bytes.
        var outputAtError = 0
        /// All frames that the connection sent after the handshake.
        var sent: [WireFrame] = []
        /// Problems that no attack may cause.
        var problems: [String] = []
    }

    private(set) var report = Report()
    let delivery: Delivery
    private let meter = MemoryMeter()
    private var connection: H2Connection?
    private var events: [H2Event] = []
    private var pending: [UInt8] = []
    private var reader = WireReader()

    private init(_ delivery: Delivery) { self.delivery = delivery }

    /// Runs a script on a new connection.
    static func perform(
        _ script: AttackCase.Script, _ configuration: H2Configuration,
        settings: [(UInt16, UInt32)]?, _ delivery: Delivery
    ) -> Report {
        CPUTime.disableBacktraces
        let attacker = Attacker(delivery)
        do {
            attacker.meter.measure { attacker.connection = H2Connection(configuration) }
            if let settings { try attacker.performHandshake(configuration.role, settings) }
            try script(attacker)
            try attacker.flush()
        } catch is Stopped {
        } catch {
            attacker.report.problems.append("\(error)")
        }
        attacker.conclude()
        return attacker.report
    }

    private func performHandshake(
        _ role: H2Configuration.Role, _ settings: [(UInt16, UInt32)]
    ) throws {
        try call { connection throws(H2Error) in try connection.initiateConnection() }
        let preface = role == .server ? FrameBuilder.preface() : []
        try receive(
            preface + FrameBuilder.settings(settings) + FrameBuilder.settingsAck(), at: nil, nil)
        forgetSent()
    }

    // MARK: Actions of a script

    /// Makes the connection receive a step of the attack.
    ///
    /// - Parameter inspect: Receives the events of this step, which is then delivered by itself.
    func step(
        _ bytes: [UInt8], at instant: H2Instant? = nil,
        _ inspect: (([H2Event]) throws -> Void)? = nil
    ) throws {
        report.steps += 1
        guard delivery != .inReads || instant != nil || inspect != nil else {
            return pending += bytes
        }
        try flush()
        try receive(bytes, at: instant ?? delivery.instant, inspect)
    }

    /// Calls the connection as its caller.
    func call<T>(_ body: (H2Connection) throws(H2Error) -> T) throws -> T {
        try flush()
        guard let connection else { throw AttackFailure("the connection is gone") }
        var result: T?
        meter.measure {
            let start = CPUTime.clock()
            do throws(H2Error) {
                result = try body(connection)
            } catch {
                note(error)
            }
            report.nanoseconds += CPUTime.since(start)
        }
        guard let result else { throw Stopped() }
        return result
    }

    /// Removes and returns the output, as a peer that reads would.
    @discardableResult
    func read() throws -> [WireFrame] {
        try flush()
        return drain()
    }

    /// Removes the output, and omits it from the report.
    func forgetSent() {
        drain()
        report.sent = []
    }

    /// Counts steps that were made elsewhere.
    func count(steps: Int) { report.steps += steps }

    /// Bytes of heap that the connection holds.
    var held: Int { meter.held }

    /// Throws if a requirement of the attack is not met.
    func require(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw AttackFailure(what) }
    }

    // MARK: Implementation

    private func flush() throws {
        guard !pending.isEmpty else { return }
        let reads = Cut.every(16_384).pieces(of: pending)
        pending = []
        for read in reads { try receive(read, at: nil, nil) }
    }

    private func receive(
        _ bytes: [UInt8], at instant: H2Instant?, _ inspect: (([H2Event]) throws -> Void)?
    ) throws {
        let pieces = Cut.standard.pieces(of: bytes)
        for piece in pieces { take(piece, at: instant) }
        for case .requestReceived in events { report.requests += 1 }
        try inspect?(events)
        // Payloads may share the pieces, which are not memory of the connection.
        withExtendedLifetime(pieces) {
            meter.measure { events = [] }
        }
        if report.error != nil { throw Stopped() }
    }

    private func take(_ piece: [UInt8], at instant: H2Instant?) {
        guard let connection else { return }
        meter.measure {
            let start = CPUTime.clock()
            do throws(H2Error) {
                try connection.receiveData(piece, at: instant, into: &events)
            } catch {
                note(error)
            }
            report.nanoseconds += CPUTime.since(start)
        }
    }

    /// Records the parts of an error that need no memory.
    private func note(_ error: H2Error) {
        guard report.error == nil else { return }
        report.error = error.facts
        report.limit = error.limit
        report.outputAtError = connection?.outboundByteCount ?? 0
    }

    @discardableResult
    private func drain() -> [WireFrame] {
        guard let connection else { return [] }
        var taken: [UInt8] = []
        meter.measure { taken = connection.dataToSend() }
        let frames = reader.feed(taken.map(\.self))
        meter.measure { taken = [] }
        report.sent += frames
        return frames
    }

    /// Checks the final state, and releases the connection.
    private func conclude() {
        if let connection {
            report.problems += connection.audit()
            let count = connection.unexpectedReactions
            if count != 0 { report.problems.append("\(count) unexpected reactions") }
            if report.error?.origin == .remote { checkClosed(connection) }
            drain()
            if !reader.incompleteBytes.isEmpty {
                report.problems.append("an incomplete frame was sent")
            }
        }
        meter.measure {
            connection = nil
            events = []
        }
        report.peak = meter.peak
        report.leaked = meter.held
    }

    /// Checks that after the error nothing is accepted, reported or queued.
    private func checkClosed(_ connection: H2Connection) {
        let before = connection.outboundByteCount
        var more: [H2Event] = []
        let again = failure { () throws(H2Error) in
            try connection.receiveData(
                FrameBuilder.headers(0x7fff_ffff, block: Attacker.get, endStream: true)
                    + FrameBuilder.ping(), into: &more)
        }
        if again?.facts != report.error || again?.limit != report.limit {
            report.problems.append("the next call threw \(again.map { "\($0)" } ?? "nothing")")
        }
        if !more.isEmpty { report.problems.append("\(more.count) events after the error") }
        if before != report.outputAtError || connection.outboundByteCount != before {
            report.problems.append("more was queued after the error")
        }
    }
}

extension Attacker {
    /// GET https://a/ in six bytes.
    static let get: [UInt8] = [0x82, 0x87, 0x84, 0x01, 0x01, 0x61]
    /// POST https://a/ in six bytes.
    static let post: [UInt8] = [0x83, 0x87, 0x84, 0x01, 0x01, 0x61]

    /// Returns a request field block with more fields.
    static func get(_ fields: KeyValuePairs<String, String>) -> [UInt8] {
        get + HPACKEncoder.block(fields)
    }

    /// Returns the identifiers of `count` streams that a client opens.
    static func streams(_ count: Int) -> StrideTo<UInt32> {
        stride(from: 1, to: 1 + 2 * UInt32(count), by: 2)
    }
}
