// SPDX-License-Identifier: MIT

import H2

/// One connection and the bytes that it receives: a head of 6 bytes, followed by the peer's bytes.
///
/// Either the input selects calls that are made in between, and each step is checked; or no calls
/// are made, and the same bytes are received again in other pieces, which must change nothing.
package struct FuzzWire {
    /// The length of the head: configuration (3), `Options`, the cut of the bytes, and the seed of
    /// the calls.
    private static let headCount = 6
    /// If the cut is one of these, 2 more bytes turn on features that are off by default, and their
    /// calls are made, too. No input that was stored before features could be turned on contains
    /// these.
    static let featureMarks: ClosedRange<UInt8> = 0xd8...0xdf

    /// Returns the length of the head of an input.
    package static func headCount(of input: [UInt8]) -> Int {
        let hasFeatures = input.count > 4 && featureMarks.contains(input[4])
        return hasFeatures ? headCount + 2 : headCount
    }

    /// The maximum bytes that a connection may hold, whatever it received.
    private static let memoryLimit = 1 << 20
    /// The maximum error of `memory`, in bytes.
    private static let memoryTolerance = 4_096

    package struct Options: OptionSet {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The handshake is already done: the bytes begin with a frame after it.
        package static let isStarted = Options(rawValue: 0x01)
        /// Calls are made in between.
        package static let isActive = Options(rawValue: 0x02)
        /// The connection was upgraded from HTTP/1.1.
        package static let isUpgraded = Options(rawValue: 0x04)
        /// Received bytes are copied from a span.
        package static let isBorrowed = Options(rawValue: 0x08)
        /// Calls pass the time.
        package static let isTimed = Options(rawValue: 0x40)
        /// The number of streams, times 16, that a client first opens with POST.
        package static let streamCount = Options(rawValue: 0x30)
    }

    /// The results of receiving the bytes.
    struct Outcome: Equatable {
        var events: [H2Event] = []
        var error: H2Error?
        var output: [UInt8] = []
    }

    private let configuration: H2Configuration
    private let options: Options
    private let cut: Cut
    private let hasFeatures: Bool
    private let seed: UInt8
    private let bytes: [UInt8]

    init(_ role: H2Configuration.Role, _ input: [UInt8]) {
        var input = FuzzInput(input)
        var configuration = H2Configuration(role, &input)
        options = Options(rawValue: input.byte())
        let size = input.byte()
        cut =
            switch size {
            case 0: .whole
            case 1...200: .every(Int(size))
            default: .random(seed: UInt64(size))
            }
        seed = input.byte()
        hasFeatures = Self.featureMarks.contains(size)
        if hasFeatures { configuration.addFeatures(&input) }
        self.configuration = configuration
        let preface =
            !options.contains(.isStarted)
            ? []
            : (role == .server ? FrameBuilder.preface() : []) + FrameBuilder.settings()
                + FrameBuilder.settingsAck()
        bytes = preface + input.rest()
    }

    func run(_ allocatedBytes: (() -> Int)?) throws(PairError) {
        if options.contains(.isActive) { return try measure(allocatedBytes) }
        let outcome = try receive(cut)
        for other in [Cut.whole, .every(1)] where other != cut {
            let again = try receive(other)
            guard outcome == again else {
                throw PairError("\(cut): \(outcome)\n\(other): \(again)")
            }
        }
    }

    /// Returns a connection that is ready to receive the bytes.
    private func start() throws(PairError) -> H2Connection {
        let connection = H2Connection(configuration)
        do throws(H2Error) {
            switch (options.contains(.isUpgraded), configuration.role) {
            case (false, _): try connection.initiateConnection()
            case (true, .client): _ = try connection.initiateUpgradeConnection()
            default: try connection.initiateUpgradeConnection(settingsHeader: "AAMAAABkAAQAAP__")
            }
            guard configuration.role == .client else { return connection }
            for _ in 0..<(options.intersection(.streamCount).rawValue >> 4) {
                try connection.sendHeaders(.samplePost, on: connection.nextAvailableStreamID())
            }
        } catch {
            throw PairError("cannot start: \(error)")
        }
        return connection
    }

    /// Returns the bytes in pieces, at most about 64 if they have equal sizes, to save time.
    private func pieces(_ cut: Cut) -> [[UInt8]] {
        var cut = cut
        if case .every(let size) = cut { cut = .every(max(size, bytes.count / 64)) }
        return cut.pieces(of: bytes).map(\.tight)
    }

    // MARK: Without calls

    /// Receives all bytes without calls in between.
    private func receive(_ cut: Cut) throws(PairError) -> Outcome {
        let connection = try start()
        var outcome = Outcome()
        var ledger = FuzzLedger()
        for piece in pieces(cut) {
            ledger.receive(piece)
            outcome.error = receive(piece, connection, &outcome.events)
            try check(connection)
            if outcome.error == nil { try ledger.check(connection) }
            if outcome.error != nil { break }
        }
        outcome.output = connection.dataToSend()
        try check(outcome.output, outcome.error, connection)
        try checkPolicies(outcome)
        return outcome
    }

    private func receive(
        _ piece: [UInt8], _ connection: H2Connection, _ events: inout [H2Event],
        at instant: H2Instant? = nil
    ) -> H2Error? {
        let eventCount = events.count
        do throws(H2Error) {
            if options.contains(.isBorrowed) {
                try connection.receiveData(copying: piece.span, at: instant, into: &events)
            } else {
                try connection.receiveData(piece, at: instant, into: &events)
            }
        } catch {
            return error
        }
        PlantedFault.commit(
            on: connection, received: piece, events: events[eventCount...], if: { $0 % 2 == 1 })
        return nil
    }

    // MARK: With calls

    private func converse() throws(PairError) -> H2Connection {
        let connection = try start()
        var caller = FuzzCaller(connection, hasFeatures: hasFeatures)
        var choices = FuzzInput(seed: seed)
        var ledger = FuzzLedger()
        var streams = FuzzStreams(connection)
        streams.start()
        var output: [UInt8] = []
        var error: H2Error?
        var isClosedByCaller = false
        for piece in pieces(cut) where !caller.hasEnded {
            ledger.receive(piece)
            let queued = connection.outboundByteCount
            let hadEvents = connection.hasEvents
            var events: [H2Event] = []
            error = receive(
                piece, connection, &events, at: options.contains(.isTimed) ? caller.now : nil)
            if isClosedByCaller {
                guard error == nil, events.isEmpty || hadEvents,
                    connection.outboundByteCount == queued
                else { throw PairError("after closeConnection: \(events), \(error as H2Error?)") }
            }
            for event in events {
                caller.see(event)
                streams.see(event)
            }
            try check(connection)
            try streams.check()
            if error == nil {
                try ledger.check(connection)
                try checkUsage(connection)
                for _ in 0..<choices.below(3) where !piece.isEmpty {
                    let effect = try caller.act(choices.byte() & 0x3f, &choices)
                    if case .goAway = effect { isClosedByCaller = true }
                    streams.record(effect)
                    try streams.check()
                }
                caller.wait(nanoseconds: UInt64(choices.word()) << 16)
            } else {
                caller.hasEnded = true
            }
            let taken = connection.dataToSend()
            ledger.send(taken)
            streams.send(taken)
            output += taken
        }
        try check(output, error, connection)
        if error == nil, caller.hasEnded { try checkIsOver(connection) }
        if hasFeatures { try streams.finish() }
        return connection
    }

    /// Runs a conversation and compares the connection's `memory` with the heap bytes freed when
    /// the connection is released.
    private func measure(_ allocatedBytes: (() -> Int)?) throws(PairError) {
        guard let allocatedBytes else {
            _ = try converse()
            return
        }
        let (held, before) = try { () throws(PairError) in
            let connection = try converse()
            let held = connection.memory.held
            return withExtendedLifetime(connection) { (held, allocatedBytes()) }
        }()
        let freed = before - allocatedBytes()
        guard freed < Self.memoryLimit else { throw PairError("\(freed) bytes are held") }
        // A client's connection keeps the caller's requests, which `memory` does not count.
        let isForwarded = configuration.role == .client || freed - held < Self.memoryTolerance
        guard isForwarded, held - freed < Self.memoryTolerance else {
            throw PairError("\(freed) bytes are held, but memory reports \(held)")
        }
    }

    // MARK: Checks

    private func check(_ connection: H2Connection) throws(PairError) {
        try PairError.check(connection)
        let held = connection.heldByteCount
        guard held <= connection.maxInboundFrameSize + 9 else {
            throw PairError("\(held) bytes of a frame are held")
        }
    }

    /// Checks that, without calls, the policies determine whether an error ends the stream or the
    /// connection.
    private func checkPolicies(_ outcome: Outcome) throws(PairError) {
        var reader = WireReader()
        let codes = reader.feed(outcome.output).filter { $0.type == .rstStream }.map(\.errorCode)
        let resetsMalformed = configuration.malformedMessages == .resetStream
        let resetsExcess = configuration.excess == .resetStream
        guard
            resetsMalformed
                ? outcome.error?.kind != .invalidBodyLength
                : !codes.contains(H2ErrorCode.protocolError.rawValue),
            resetsExcess
                ? outcome.error?.kind != .tooManyStreams
                : !codes.contains(H2ErrorCode.enhanceYourCalm.rawValue)
        else { throw PairError("against the policies: \(outcome)") }
    }

    /// Checks that no budget is exceeded while there is no error.
    private func checkUsage(_ connection: H2Connection) throws(PairError) {
        let usage = connection.usage
        for limit in FrequencyLimit.allCases {
            let count = usage[limit]
            guard 0...count.allowance ~= count.used else {
                throw PairError("\(count) of \(configuration.limits[limit])")
            }
        }
    }

    /// Checks that the output consists of frames, and that after an error it ends with GOAWAY and
    /// further input has no effect.
    private func check(
        _ output: [UInt8], _ error: H2Error?, _ connection: H2Connection
    ) throws(PairError) {
        var reader = WireReader()
        let frames = reader.feed(output)
        guard reader.incompleteBytes.isEmpty else { throw PairError("a frame is cut off") }
        guard let error else { return }
        guard error.origin == .remote else { throw PairError("not a remote error: \(error)") }
        // A peer that does not use HTTP/2 gets no GOAWAY.
        if let last = frames.last, last.type == .goAway {
            guard last.errorCode == error.errorCode.rawValue,
                last.lastStreamID == connection.highestInboundStreamID.rawValue
            else { throw PairError("\(last) after \(error)") }
        } else if FrameBuilder.preface() == Array(bytes.prefix(24)) || !expectsPreface {
            throw PairError("no GOAWAY after \(error)")
        }
        guard try checkIsOver(connection).description == error.description else {
            throw PairError("another error after \(error)")
        }
    }

    /// Checks that the connection accepts nothing and sends nothing; returns its error.
    @discardableResult
    private func checkIsOver(_ connection: H2Connection) throws(PairError) -> H2Error {
        var events: [H2Event] = []
        guard let error = receive([0], connection, &events), events.isEmpty else {
            throw PairError("bytes are accepted after the end")
        }
        guard !connection.hasDataToSend else { throw PairError("output after \(error)") }
        return error
    }

    private var expectsPreface: Bool { configuration.role == .server }
}
