// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// One connection, and an attacker at its other end whose frames a script gives step by step.
///
/// What the connection does is counted, and so is its memory. Nothing is taken from its output
/// after the handshake unless the script says so. Whatever ends the attack ends the script, with an
/// error that `perform` catches.
final class Attacker {
    /// How the bytes of the steps arrive.
    enum Delivery: Hashable, Sendable, CaseIterable {
        /// Each step in a call of its own.
        case stepwise
        /// As many steps in one call as the script allows, and as a read of 16 KiB has.
        case inReads
        /// Each step in a call of its own that is passed a time, always the same.
        case timed

        /// The time that a call is passed if the script passes none.
        var instant: H2Instant? { self == .timed ? H2Instant(nanoseconds: 1_000) : nil }
    }

    /// Thrown to leave a script.
    private struct Stopped: Error {}

    /// What was seen.
    struct Report: Sendable {
        /// Steps until it was over.
        var steps = 0
        /// Requests that reached the caller.
        var requests = 0
        /// Nanoseconds in the library.
        var nanoseconds = 0
        /// The most bytes of heap that the connection held, and what was left of them in the end.
        var peak = 0
        var leaked = 0
        var error: ErrorFacts?
        var limit: H2Limit?
        /// Bytes that were in the output when the error came.
        var outputAtError = 0
        /// All that the connection sent after the handshake.
        var sent: [WireFrame] = []
        /// What is wrong, whatever the attack.
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
        CPUTime.stopsBacktraces
        let attacker = Attacker(delivery)
        do {
            attacker.meter.measure { attacker.connection = H2Connection(configuration) }
            if let settings { try attacker.shakeHands(configuration.role, settings) }
            try script(attacker)
            try attacker.flush()
        } catch is Stopped {
        } catch {
            attacker.report.problems.append("\(error)")
        }
        attacker.conclude()
        return attacker.report
    }

    private func shakeHands(
        _ role: H2Configuration.Role, _ settings: [(UInt16, UInt32)]
    ) throws {
        try call { connection throws(H2Error) in try connection.initiateConnection() }
        let preface = role == .server ? FrameBuilder.preface() : []
        try receive(
            preface + FrameBuilder.settings(settings) + FrameBuilder.settingsAck(), at: nil, nil)
        forgetSent()
    }

    // MARK: What a script does

    /// Lets the connection receive what is one step of the attack.
    ///
    /// - Parameter inspect: Is given the events of that step, which is then delivered by itself.
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

    /// Lets the caller of the connection do something.
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

    /// Takes what the connection has to send, as a peer that reads would.
    @discardableResult
    func read() throws -> [WireFrame] {
        try flush()
        return drain()
    }

    /// Takes what the connection has to send, and leaves it out of the report.
    func forgetSent() {
        drain()
        report.sent = []
    }

    /// Counts steps that were made elsewhere.
    func count(steps: Int) { report.steps += steps }

    /// Bytes of heap that the connection holds.
    var held: Int { meter.held }

    /// Requires something of the connection, whatever ends the attack.
    func require(_ isTrue: Bool, _ what: String) throws {
        guard isTrue else { throw AttackFailure(what) }
    }

    // MARK: How it is done

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
        // Payloads may share the pieces, which are no memory of the connection.
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

    /// Keeps of an error what needs no memory.
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

    /// Looks at what is left, and lets go of it.
    private func conclude() {
        if let connection {
            report.problems += connection.audit()
            let count = connection.unexpectedReactions
            if count != 0 { report.problems.append("\(count) unexpected reactions") }
            if report.error?.origin == .remote { checkThatItIsOver(connection) }
            drain()
            if !reader.incompleteBytes.isEmpty { report.problems.append("half a frame is sent") }
        }
        meter.measure {
            connection = nil
            events = []
        }
        report.peak = meter.peak
        report.leaked = meter.held
    }

    /// After the verdict nothing is taken, handed out or queued.
    private func checkThatItIsOver(_ connection: H2Connection) {
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

    /// A request block with more fields.
    static func get(_ fields: KeyValuePairs<String, String>) -> [UInt8] {
        get + HPACKEncoder.block(fields)
    }

    /// The identifiers of so many streams that a client opens.
    static func streams(_ count: Int) -> StrideTo<UInt32> {
        stride(from: 1, to: 1 + 2 * UInt32(count), by: 2)
    }
}
