// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// A conversation of a connection with a peer some of whose frames are mutated.
struct MutationRun {
    /// The result of received bytes, to compare different splits.
    struct Outcome: Equatable {
        var events: [H2Event] = []
        var error: H2Error?
        var output: [UInt8] = []

        /// Whether errors contain events depends on the call, so only their descriptions are
        /// compared.
        static func == (a: Outcome, b: Outcome) -> Bool {
            a.events == b.events && a.error?.description == b.error?.description
                && a.output == b.output
        }
    }

    private let role: H2Configuration.Role
    private let seed: UInt64
    private let connection: H2Connection
    private let isPassive: Bool
    private let isMutated: Bool
    private var random: SplitMix
    private var actor: MutationActor
    private var peer: MutationPeer
    private var witness = MutationWitness()
    private var outcomes = OutcomeLedger()
    private var reader = MutationReader()
    private var outcome = Outcome()
    /// All bytes that the peer sent, including those after an error.
    private var input: [UInt8] = []
    private var failure: String?

    /// Creates a conversation that depends only on the seed. In a passive one, the connection is
    /// called only at the start, and the results of other splits of the same bytes are compared.
    init(_ role: H2Configuration.Role, seed: UInt64, isPassive: Bool, isMutated: Bool = true) {
        self.role = role
        self.isMutated = isMutated
        self.seed = seed
        self.isPassive = isPassive
        random = SplitMix(seed: seed &* 2 &+ (role == .server ? 1 : 0))
        var configuration = Self.configuration(role, mayClose: isMutated && !isPassive, &random)
        configuration.reportsStreamOutcomes = seed % 3 == 1
        if seed % 4 == 1 { configuration.lateCalls = .ignored }
        if isMutated { Self.limit(&configuration.limits, seed, isPassive: isPassive) }
        connection = H2Connection(configuration)
        actor = MutationActor(connection, random: SplitMix(seed: random.next()))
        peer = MutationPeer(isClient: role == .server, random: SplitMix(seed: random.next()))
    }

    /// Runs the whole conversation and reports what was wrong.
    mutating func run(_ tally: inout MutationTally) {
        tally.recordConversation()
        start(&tally)
        converse(&tally)
        if failure == nil, let error = outcome.error {
            if isMutated {
                checkEnd(error, &tally)
            } else {
                failure = "an error in a valid conversation: \(error)"
            }
        }
        if failure == nil, isPassive {
            tally.recordComparison()
            compare()
        }
        if connection.configuration.reportsStreamOutcomes {
            outcomes.finish(connection)
            failure = failure ?? outcomes.problem
        }
        if let failure { tally.report("\(role) seed \(seed): \(failure)") }
    }

    private static func configuration(
        _ role: H2Configuration.Role, mayClose: Bool, _ random: inout SplitMix
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        var settings: H2Settings = [:]
        if random.chance(role == .client ? 80 : 40) {
            settings[.maxConcurrentStreams] = UInt32(random.below(4))
        }
        if random.chance(20) {
            settings[.initialWindowSize] = random.pick([0, 500, 30_000, 100_000])
        }
        if random.chance(20) { settings[.maxHeaderListSize] = random.pick([700, 2_000]) }
        if random.chance(20) { settings[.headerTableSize] = random.pick([0, 80, 300, 8_192]) }
        if random.chance(10) { settings[.maxFrameSize] = 17_000 }
        if random.chance(5), role == .client { settings[.enablePush] = 0 }
        configuration.initialSettings = settings
        configuration.malformedMessages = random.chance(30) ? .resetStream : .connectionError
        configuration.excess = random.chance(20) ? .resetStream : .connectionError
        // The peer splits its field blocks into many small pieces.
        configuration.limits.continuationFrames = nil
        // With `.closeAtOnce`, a GOAWAY drops pending output, so the time of removal matters.
        if random.chance(30), mayClose { configuration.goAway = .closeAtOnce }
        return configuration
    }

    /// Sets some limits, in some conversations, so low that they are reached.
    private static func limit(_ limits: inout H2Limits, _ seed: UInt64, isPassive: Bool) {
        var random = SplitMix(seed: ~seed)
        guard random.chance(25) else { return }
        func few() -> H2Limits.Budget { .init(random.below(3), perSecond: 0) }
        if random.chance(50) { limits.peerResets = few() }
        if random.chance(50) { limits.provokedResets = few() }
        if random.chance(20) { limits.controlFrames = .init(random.below(12), perSecond: 0) }
        if random.chance(20) { limits.windowUpdates = few() }
        if random.chance(50) { limits.emptyData = few() }
        if random.chance(50) { limits.smallData = few() }
        if random.chance(10) { limits.headerFields = 4 + random.below(8) }
        if random.chance(10) { limits.headerBlockSize = 20 + random.below(200) }
        if random.chance(10) { limits.settingsPerFrame = random.below(5) }
        if random.chance(50) { limits.reservedStreams = random.below(2) }
        if random.chance(50) { limits.closedStreams = 64 }
        if random.chance(10) { limits.memory = 15_000 + random.below(10_000) }
        // How much output is removed depends on how the bytes are split.
        if random.chance(20), !isPassive { limits.peerOutput = 20 + random.below(100) }
    }

    /// Exchanges the prefaces, which are valid.
    private mutating func start(_ tally: inout MutationTally) {
        do throws(H2Error) {
            try connection.initiateConnection()
            drain(&tally)
            try actor.begin()
            outcomes.check(connection)
        } catch {
            failure = "cannot start: \(error)"
        }
        drain(&tally)
        let preface = role == .server ? FrameBuilder.preface() : []
        deliver([preface + peer.settings()], &tally)
        if random.chance(80) { deliver(peer.acknowledgeSettings(), &tally) }
    }

    /// Sends batches of frames, with 1 to 5 mutations in all.
    private mutating func converse(_ tally: inout MutationTally) {
        let rounds = 2 + random.below(3)
        var mutations = [Int](repeating: 0, count: rounds)
        // Usually the first round has no mutations, so that streams exist.
        let first = random.chance(20) ? 0 : 1
        for _ in 0...random.below(5) where isMutated {
            mutations[first + random.below(rounds - first)] += 1
        }
        for count in mutations {
            guard outcome.error == nil, failure == nil else { return }
            act(upTo: 6, &tally)
            var frames = peer.frames(2 + random.below(8))
            for _ in 0..<count { MutationMutator.mutate(&frames, &peer) }
            deliver(frames, &tally)
        }
    }

    // MARK: Steps

    /// Makes the connection receive frames, split at random.
    private mutating func deliver(_ frames: [[UInt8]], _ tally: inout MutationTally) {
        input += frames.flatMap { $0 }
        for piece in cut(frames) {
            receive(piece, &tally)
            guard outcome.error == nil, failure == nil else { return }
            if random.chance(15) { act(upTo: 2, &tally) }
        }
    }

    private mutating func cut(_ frames: [[UInt8]]) -> [[UInt8]] {
        let way = random.below(100)
        if way < 45 {
            // One frame at a time, some of them in pieces, so that it is known which frame fails.
            return frames.flatMap { frame in
                let size = random.chance(70) ? frame.count : 1 + random.below(frame.count)
                return Cut.every(size).pieces(of: frame)
            }
        }
        let bytes = frames.flatMap { $0 }
        if way < 80 { return [bytes] }
        if way < 82, bytes.count < 1_000 { return Cut.every(1).pieces(of: bytes) }
        return Cut.every(1 + random.below(200)).pieces(of: bytes)
    }

    private mutating func receive(_ piece: [UInt8], _ tally: inout MutationTally) {
        let isClosed = actor.closings > 0
        if !isClosed { witness.feed(piece) }
        let first = outcome.events.count
        do throws(H2Error) {
            if random.chance(50) {
                try connection.receiveData(piece, into: &outcome.events)
            } else {
                outcome.events += try connection.receiveData(piece)
            }
        } catch {
            outcome.events += error.precedingEvents
            outcome.error = error
        }
        guard !isClosed else {
            // After closeConnection, received bytes are ignored.
            if let error = outcome.error {
                failure = "an error after closeConnection: \(error)"
            } else if outcome.events.count > first {
                failure = "an event after closeConnection: \(outcome.events[first])"
            }
            return check("receiving \(piece.count) bytes after closeConnection", &tally)
        }
        for event in outcome.events[first...] { see(event, &tally) }
        if let error = outcome.error {
            tally.note(error)
            if let type = witness.onlyType { tally.fail(type) }
        } else {
            tally.accept(witness.types)
            if let fault = witness.fault { failure = "no error although \(fault)" }
        }
        check("receiving \(piece.count) bytes", &tally)
    }

    private mutating func see(_ event: H2Event, _ tally: inout MutationTally) {
        tally.note(event)
        actor.see(event)
        checkFields(event)
        outcomes.see(
            event, isServer: role == .server, isEnded: connection.connectionState == .closed)
    }

    /// Makes some calls. A refused call must change nothing.
    private mutating func act(upTo most: Int, _ tally: inout MutationTally) {
        guard !isPassive else { return }
        for _ in 0..<random.below(most + 1) where failure == nil {
            let queued = connection.outboundByteCount
            do throws(H2Error) {
                try actor.act()
            } catch {
                tally.recordRefusal(error)
                if error.origin != .local || error.kind == .internalError {
                    failure = "a call failed: \(error)"
                } else if connection.outboundByteCount != queued {
                    failure = "a call failed and wrote something: \(error)"
                }
            }
            for event in connection.takeEvents() {
                outcome.events.append(event)
                see(event, &tally)
            }
            check("a call", &tally)
        }
    }

    /// Removes the output, and lets the peer read it.
    private mutating func drain(_ tally: inout MutationTally) {
        guard connection.hasDataToSend else { return }
        let bytes = connection.dataToSend()
        outcome.output += bytes
        for sent in reader.read(bytes, &witness) {
            tally.send(sent.frame)
            peer.read(sent.frame, isHead: sent.isHead)
        }
        if let problem = reader.problem { failure = failure ?? problem }
    }

    // MARK: Checks

    private mutating func check(_ step: String, _ tally: inout MutationTally) {
        drain(&tally)
        let differences = connection.audit()
        if !differences.isEmpty {
            failure = failure ?? "audit after \(step): \(differences.joined(separator: "; "))"
        }
        if connection.unexpectedReactions != 0 {
            failure = "\(outcome.error.map { "\($0)" } ?? "unexpected reaction after \(step)")"
        }
        if connection.configuration.reportsStreamOutcomes {
            outcomes.check(connection)
            failure = failure ?? outcomes.problem
        }
        if connection.heldByteCount > connection.maxInboundFrameSize + 9 {
            failure = failure ?? "\(connection.heldByteCount) bytes are held"
        }
        if connection.usage.memory > 1 << 20 {
            failure = failure ?? "\(connection.memory) is held"
        }
    }

    /// Checks that the fields of an event were on the wire, as far as the witness can tell.
    private mutating func checkFields(_ event: H2Event) {
        let isConfirmed =
            switch event {
            case .requestReceived(let event):
                witness.confirms(event.headers, on: event.streamID.rawValue)
            case .responseReceived(let event):
                witness.confirms(event.headers, on: event.streamID.rawValue)
            case .informationalResponseReceived(let event):
                witness.confirms(event.headers, on: event.streamID.rawValue)
            case .trailersReceived(let event):
                witness.confirms(event.headers, on: event.streamID.rawValue)
            case .pushedStreamReceived(let event):
                witness.confirms(event.headers, on: event.parentStreamID.rawValue)
            default: true
            }
        if !isConfirmed { failure = failure ?? "the fields were not on the wire: \(event)" }
    }

    /// Checks that a connection error sends one GOAWAY, the last frame, and is thrown by each call.
    private mutating func checkEnd(_ error: H2Error, _ tally: inout MutationTally) {
        if error.origin != .remote { failure = "not a remote error: \(error)" }
        let last = reader.frames.last
        if last?.type != .goAway || last?.errorCode != error.errorCode.rawValue
            || last?.lastStreamID != connection.highestInboundStreamID.rawValue
            || reader.frames.count(where: { $0.type == .goAway }) != 1 + actor.closings
        {
            failure = "wrong GOAWAY after \(error): \(reader.frames)"
        }
        if error.errorCode == .compressionError, !witness.mayFail {
            failure = "a valid field block was not decoded: \(error)"
        }
        for bytes in [[], [0], peer.ping()] {
            do throws(H2Error) {
                _ = try connection.receiveData(bytes)
                failure = "no error after \(error)"
            } catch let second {
                if second.description != error.description || !second.precedingEvents.isEmpty {
                    failure = "another error after \(error): \(second)"
                }
            }
        }
        do throws(H2Error) {
            try connection.ping(H2PingData(1))
            failure = "a PING after \(error)"
        } catch let second {
            let isReported = connection.configuration.reportsStreamOutcomes
            if second.kind != (isReported ? .connectionClosed : .protocolViolation)
                || second.origin != .local
            {
                failure = "another error when sending after \(error): \(second)"
            }
        }
        if connection.hasDataToSend { failure = "something is queued after \(error)" }
    }

    /// Receives the same bytes whole and in pieces of one byte, or seven if there are many.
    private mutating func compare() {
        for cut in [Cut.whole, .every(input.count < 10_000 ? 1 : 7)] {
            let other = replay(cut)
            if other != outcome {
                failure = failure ?? "\(cut): \(other), split at random: \(outcome)"
            }
        }
    }

    private func replay(_ cut: Cut) -> Outcome {
        var random = SplitMix(seed: seed &* 2 &+ (role == .server ? 1 : 0))
        var configuration = Self.configuration(role, mayClose: isMutated && !isPassive, &random)
        configuration.reportsStreamOutcomes = seed % 3 == 1
        if seed % 4 == 1 { configuration.lateCalls = .ignored }
        if isMutated { Self.limit(&configuration.limits, seed, isPassive: isPassive) }
        let connection = H2Connection(configuration)
        var actor = MutationActor(connection, random: SplitMix(seed: random.next()))
        var outcome = Outcome()
        do throws(H2Error) {
            try connection.initiateConnection()
            try actor.begin()
            for piece in cut.pieces(of: input) {
                try connection.receiveData(piece, into: &outcome.events)
            }
        } catch {
            outcome.error = error
        }
        outcome.output = connection.dataToSend()
        return outcome
    }
}
