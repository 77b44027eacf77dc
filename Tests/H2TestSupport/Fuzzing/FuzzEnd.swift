// SPDX-License-Identifier: MIT

import H2

/// One end of a `FuzzConversation`: its connection, and what it sent that the other end has not yet
/// received.
struct FuzzEnd {
    let connection: H2Connection
    private var caller: FuzzCaller
    /// The sections sent, by stream, oldest first.
    private var sections: [UInt32: [FuzzHeaders]] = [:]
    /// The promised requests, by promised stream.
    private var promises: [UInt32: FuzzHeaders] = [:]
    /// The streams whose last section waits for queued data.
    private var queuedTrailers: Set<UInt32> = []
    private var records: FuzzStreams
    private var dataReceived: [UInt32: Int] = [:]
    private let hasFeatures: Bool
    private var order = FuzzOrder()
    /// Whether the connection is closed: it sends and receives nothing more.
    private var isClosed: Bool { connection.connectionState == .closed }
    /// Whether a sent section is not plain: H2 may have changed it, or only the receiver detects
    /// that it is malformed (content-length).
    private var hasSentAnything = false
    private var hasSentCookies = false
    /// Whether the caller closed the connection, which then ignores received bytes.
    private var isClosedByCaller = false

    private var isServer: Bool { connection.configuration.role == .server }
    var isOver: Bool { caller.hasEnded || isClosed }

    init(_ configuration: H2Configuration, hasFeatures: Bool) {
        connection = H2Connection(configuration)
        caller = FuzzCaller(connection, hasFeatures: hasFeatures)
        self.hasFeatures = hasFeatures
        records = FuzzStreams(connection)
    }

    /// Call this when the connection has been initiated.
    mutating func start() throws(PairError) {
        records.start()
        try PairError.check(connection)
    }

    /// Makes a call and records what it sent.
    mutating func act(
        _ kind: UInt8, _ input: inout FuzzInput, _ other: inout FuzzEnd
    ) throws(PairError) {
        let effect = try caller.act(kind, &input)
        records.record(effect)
        switch effect {
        case .headers(let headers, let stream):
            sections[stream, default: []].append(headers)
            record(headers)
        case .queuedTrailers(let trailers, let stream):
            sections[stream, default: []].append(trailers)
            queuedTrailers.insert(stream)
            record(trailers)
        case .promise(let request, let stream):
            promises[stream] = request
            record(request)
        case .goAway: isClosedByCaller = true
        case .events(let events), .ended(let events, _): try check(events, from: &other)
        case .data, .other, nil: break
        }
        if hasFeatures { try records.check() }
    }

    private mutating func record(_ section: FuzzHeaders) {
        if !section.isPlain { hasSentAnything = true }
        if section.headers.contains(where: { $0.name.lowercased().contains("cookie") }) {
            hasSentCookies = true
        }
    }

    /// Receives up to `count` bytes of the other end; returns whether there were any.
    mutating func receive(from other: inout FuzzEnd, upTo count: Int) throws(PairError) -> Bool {
        let bytes = try other.takeOutput(upTo: count).tight
        // A program closes the transport when the connection has discarded output.
        guard !bytes.isEmpty, !other.records.isOutputDiscarded else { return false }
        let wasClosed = isClosed
        let wasEnded = caller.hasEnded
        let queued = connection.outboundByteCount
        let hadEvents = connection.hasEvents
        let undelivered = records.undelivered
        var events: [H2Event] = []
        var isRefused = false
        order.receive(bytes)
        // A round trip takes a few milliseconds.
        caller.wait(nanoseconds: 1 << 20)
        do throws(H2Error) {
            try connection.receiveData(bytes, at: hasFeatures ? caller.now : nil, into: &events)
        } catch {
            isRefused = true
            guard !isClosedByCaller || wasEnded else {
                throw PairError("an error after closeConnection: \(error)")
            }
            guard wasClosed || isEnded(by: events) || isExplained(error, by: other) else {
                throw PairError(
                    "\(isServer ? "the server" : "the client") rejects valid input: \(error)")
            }
            caller.hasEnded = true
        }
        guard !wasEnded || isRefused else { throw PairError("bytes are accepted after the end") }
        PlantedFault.commit(
            on: connection, received: bytes, events: events[...], if: { $0 % 32 == 3 })
        let isSilent = isClosedByCaller || wasEnded
        guard !isSilent || (events.isEmpty || hadEvents) && connection.outboundByteCount == queued
        else { throw PairError("after the end: \(events), or output") }
        for event in events {
            caller.see(event)
            records.see(event)
        }
        try checkOrder(events, undelivered)
        try check(events, from: &other)
        try PairError.check(connection)
        if hasFeatures { try records.check() }
        return true
    }

    /// Checks that received events are in the order in which they arose.
    ///
    /// - Parameter undelivered: The streams whose outcomes arose before.
    private mutating func checkOrder(
        _ events: [H2Event], _ undelivered: Set<H2StreamID>
    ) throws(PairError) {
        var undelivered = undelivered
        for event in events {
            if case .streamClosed(let closed) = event { undelivered.remove(closed.streamID) }
            guard try !order.see(event) || undelivered.isEmpty else {
                throw PairError("\(event) precedes the earlier outcomes of \(undelivered)")
            }
        }
    }

    /// Ends the transport, and checks that each stream has an outcome.
    mutating func finish() throws(PairError) { try records.finish() }

    /// Removes output in one of the ways of the API, selected by `count`.
    private mutating func takeOutput(upTo count: Int) throws(PairError) -> [UInt8] {
        let before = connection.outboundByteCount
        let queued = connection.queuedByteCount
        var taken: [UInt8] = []
        switch count % 4 {
        case 0: taken = connection.dataToSend(upTo: count)
        case 1:
            _ = connection.withDataToSend { span in
                taken = Self.array(span.extracting(first: min(count, span.count)))
                return taken.count
            }
        case 2:
            _ = unsafe connection.withSegmentsToSend { segments in
                for index in unsafe segments.indices where taken.count < count {
                    unsafe taken += segments[index].prefix(count - taken.count)
                }
                return taken.count
            }
        default:
            // Bytes queued during the call must come after those of the span.
            _ = connection.withDataToSend { span in
                try? connection.ping(H2PingData(7))
                taken = Self.array(span.extracting(first: min(count, span.count)))
                return taken.count
            }
        }
        guard taken.count <= count else {
            throw PairError("\(taken.count) bytes were taken, but at most \(count) asked for")
        }
        // Taking queued data adds frame headers, and a PING may have been queued.
        guard
            queued > 0 || count % 4 == 3
                || connection.outboundByteCount == before - taken.count
        else {
            throw PairError("\(taken.count) of \(before) bytes were removed, but others remain")
        }
        records.send(taken)
        try PairError.check(connection)
        if hasFeatures { try records.check() }
        return taken
    }

    private static func array(_ span: Span<UInt8>) -> [UInt8] {
        unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Whether GOAWAY was received and ended the connection at once.
    private func isEnded(by events: [H2Event]) -> Bool {
        connection.configuration.goAway == .closeAtOnce
            && events.contains { if case .connectionTerminated = $0 { true } else { false } }
    }

    /// Whether calls that the other end correctly accepted may cause the error.
    private func isExplained(_ error: H2Error, by other: FuzzEnd) -> Bool {
        // A sender does not know all limits.
        if error.kind == .denialOfService { return true }
        if isUnchecked(other) { return true }
        let description = error.description
        // Joined cookies end with a space if the last one is empty, as in h2.
        if other.hasSentCookies, description.contains("in a field value") {
            return true
        }
        let isMalformed =
            error.kind == .invalidBodyLength || description.contains("content-length")
        return isMalformed && maySendMalformed(other)
    }

    /// Whether an end may send invalid sections, because `validateOutboundHeaders` is off.
    private func isUnchecked(_ other: FuzzEnd) -> Bool {
        !other.connection.configuration.validateOutboundHeaders
    }

    /// Whether the calls of an end may form malformed messages.
    private func maySendMalformed(_ other: FuzzEnd) -> Bool {
        isUnchecked(other) || other.hasSentAnything
    }

    // MARK: Received messages equal sent ones

    private mutating func check(
        _ events: [H2Event], from other: inout FuzzEnd
    ) throws(PairError) {
        for event in events { try check(event, from: &other) }
    }

    private mutating func check(
        _ event: H2Event, from other: inout FuzzEnd
    ) throws(PairError) {
        switch event {
        case .requestReceived(let event):
            try checkSection(event.headers, event.streamID, &other)
        case .responseReceived(let event):
            try checkSection(event.headers, event.streamID, &other)
        case .informationalResponseReceived(let event):
            try checkSection(event.headers, event.streamID, &other)
        case .trailersReceived(let event):
            try checkSection(event.headers, event.streamID, &other)
        case .pushedStreamReceived(let event):
            guard let promise = other.promises.removeValue(forKey: event.pushedStreamID.rawValue)
            else { throw PairError("unexpected promise: \(event)") }
            try compare(event.headers, promise, other)
        case .dataReceived(let event):
            let id = event.streamID.rawValue
            let offset = (dataReceived[id] ?? 0) + event.data.count
            let sent = FuzzCaller.data(
                upTo: offset, count: event.data.count, on: id, fromServer: other.isServer)
            guard event.data.elementsEqual(sent) else {
                throw PairError("stream \(id) received other data than was sent, before \(offset)")
            }
            dataReceived[id] = offset
            guard offset <= other.records.accepted[id] ?? 0 else {
                throw PairError("stream \(id) received more data than was sent")
            }
        case .streamReset(let event):
            if !event.isRemote { try check(event, from: other) }
        default: break
        }
    }

    /// Checks a reset by this end: its policies allow it, and it does not reject a valid message.
    private func check(
        _ reset: H2Event.StreamReset, from other: FuzzEnd
    ) throws(PairError) {
        let configuration = connection.configuration
        switch reset.errorCode {
        case .protocolError:
            guard configuration.malformedMessages == .resetStream, maySendMalformed(other) else {
                throw PairError("a valid message was treated as malformed: \(reset)")
            }
        case .enhanceYourCalm:
            guard configuration.excess == .resetStream else {
                throw PairError("an excess did not end the connection: \(reset)")
            }
        default: break
        }
    }

    private func checkSection(
        _ headers: H2Headers, _ id: H2StreamID, _ other: inout FuzzEnd
    ) throws(PairError) {
        guard let sent = other.sections[id.rawValue]?.first else {
            // Trailers without fields may end a stream whose window is closed.
            if headers.isEmpty { return }
            throw PairError("stream \(id) received a section that was not sent: \(headers)")
        }
        other.sections[id.rawValue]?.removeFirst()
        try compare(headers, sent, other)
    }

    private func compare(
        _ headers: H2Headers, _ sent: FuzzHeaders, _ other: FuzzEnd
    ) throws(PairError) {
        let isUnchanged =
            !other.connection.configuration.normalizeOutboundHeaders
            && !connection.configuration.normalizeInboundHeaders
        guard sent.isPlain || isUnchanged else { return }
        let isEqual = sent.headers.elementsEqual(headers) {
            $0.nameBytes.elementsEqual($1.nameBytes) && $0.valueBytes.elementsEqual($1.valueBytes)
                && ($0.indexing != .never || $1.indexing == .never)
        }
        guard isEqual else { throw PairError("sent \(sent.headers), received \(headers)") }
    }

    // MARK: Both ends agree

    /// Checks, after all output is delivered, that this end may send just what the other accepts.
    func checkAgreement(with other: FuzzEnd) throws(PairError) {
        var differences: [String] = []
        func compare<T: Equatable>(_ what: String, _ near: T, _ far: T) {
            if near != far { differences.append("\(what): \(near) here, \(far) there") }
        }
        compare(
            "window", connection.state.flow.send.available,
            other.connection.state.flow.receive.available)
        compare("unacknowledged", connection.state.local.unacknowledged.count, 0)
        for entry in connection.localSettings.inForce.entries {
            compare(
                "\(entry.identifier)", entry.value,
                other.connection.remoteSettings.inForce[entry.identifier])
        }
        compare("streams", streams.keys.sorted(), other.streams.keys.sorted())
        for (id, near) in streams {
            guard let far = other.streams[id] else { continue }
            compare("state of \(id)", near.state.current, Self.mirror(far.state.current))
            compare("window of \(id)", near.flow.send.available, far.flow.receive.available)
            let queued = connection.queuedByteCount(on: H2StreamID(id))
            compare(
                "data of \(id)", (records.accepted[id] ?? 0) - queued, other.dataReceived[id] ?? 0)
            let waits = queued > 0 && queuedTrailers.contains(id)
            compare("sections of \(id)", sections[id]?.count ?? 0, waits ? 1 : 0)
        }
        guard differences.isEmpty else {
            throw PairError(
                "\(isServer ? "server" : "client"): \(differences.joined(separator: "; "))")
        }
    }

    private var streams: [UInt32: StreamRecord] {
        Dictionary(uniqueKeysWithValues: connection.state.streams.live.records.map { ($0.id, $0) })
    }

    private static func mirror(_ state: StreamStateMachine.State) -> StreamStateMachine.State {
        switch state {
        case .reservedLocal: .reservedRemote
        case .reservedRemote: .reservedLocal
        case .halfClosedLocal: .halfClosedRemote
        case .halfClosedRemote: .halfClosedLocal
        case .idle, .open, .closed: state
        }
    }
}
