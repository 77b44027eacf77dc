// SPDX-License-Identifier: MIT

/// All streams of a connection: the live ones, and how the others ended.
///
/// Only the registry opens, finds, closes and refuses streams.
package struct StreamRegistry: ~Copyable {
    private let isServer: Bool
    package var live: StreamTable
    /// Streams that the peer opened, and how they ended.
    package private(set) var inbound: ClosedStreams
    /// Streams that this side opened, and how they ended.
    package private(set) var outbound: ClosedStreams
    /// The highest peer-initiated stream that was or might be processed, for GOAWAY. A refused
    /// promise uses up its identifier but is not processed, so `inbound.highest` may be larger.
    private(set) var lastProcessed: UInt32 = 0
    /// The last stream opened by this side that the peer processes, from its GOAWAY; `nil` before
    /// one.
    var goAwayLimit: UInt32?
    /// The numbers of open and half-closed streams, by the side that opened them.
    package var openInbound = 0
    package var openOutbound = 0
    /// The number of received promises whose response has not begun.
    private(set) var reservedInbound = 0
    /// The largest number of streams that were open at once, of both sides.
    private(set) var mostOpen = 0

    /// - Parameters:
    ///   - seed: The seed of the hash table of live streams.
    ///   - capacity: The number of closed streams of each side that are remembered.
    init(isServer: Bool, seed: UInt64, capacity: Int) {
        self.isServer = isServer
        live = StreamTable(seed: seed)
        inbound = ClosedStreams(capacity: capacity)
        outbound = ClosedStreams(capacity: capacity)
    }

    /// The number of bytes that live streams need, plus those allocated for closed streams.
    var usedByteCount: Int {
        @inline(__always) get {
            live.usedByteCount &+ inbound.heldByteCount &+ outbound.heldByteCount
        }
    }

    // MARK: Finding

    /// Returns the slot of a live stream, which is valid until a stream is opened or closed; `nil`
    /// if the stream is not live.
    @inline(__always)
    package func find(_ id: UInt32) -> Int? { live.find(id) }

    /// The record of a live stream.
    package subscript(slot: Int) -> StreamRecord {
        @inline(__always) _read { yield live[slot] }
        @inline(__always) _modify { yield &live[slot] }
    }

    /// The details of a live stream.
    subscript(details slot: Int) -> StreamDetails {
        @inline(__always) _read { yield live[details: slot] }
        @inline(__always) _modify { yield &live[details: slot] }
    }

    /// Returns whether this side opens streams with this identifier.
    @inline(__always)
    func isOutbound(_ id: UInt32) -> Bool { (id & 1 == 1) != isServer }

    /// Returns whether a stream was neither used nor skipped yet.
    @inline(__always)
    func isIdle(_ id: UInt32) -> Bool {
        id > (isOutbound(id) ? outbound.highest : inbound.highest)
    }

    /// Returns how a stream that is not live ended; `nil` if it was never used or is no longer
    /// remembered.
    func closeReason(of id: UInt32) -> CloseReason? {
        isOutbound(id) ? outbound.closeReason(of: id) : inbound.closeReason(of: id)
    }

    /// Returns whether this side reset a stream that is not live, or may have, because the stream
    /// is no longer remembered.
    func mayBeReset(_ id: UInt32) -> Bool {
        closeReason(of: id)?.isSentReset == true
            || (isOutbound(id) ? outbound.isForgotten(id) : inbound.isForgotten(id))
    }

    /// Returns the identifiers above `id` of live streams of this side, in order.
    func outboundIDs(above id: UInt32) -> [UInt32] {
        live.records.map { $0.id }.filter { isOutbound($0) && $0 > id }.sorted()
    }

    /// Returns the slot of a live stream.
    ///
    /// - Throws: `.noSuchStream` for an idle stream or stream 0; `.streamClosed`;
    ///   `.invalidArgument` for an identifier above 2^31-1.
    @inline(__always)
    func slot(of id: H2StreamID) throws(H2Error) -> Int {
        try Self.checkRange(of: id)
        if let slot = find(id.rawValue) { return slot }
        throw Self.notLive(id, isIdle: id == .connection || isIdle(id.rawValue))
    }

    /// Throws `.invalidArgument` for an identifier above 2^31-1.
    @inline(__always)
    static func checkRange(of id: H2StreamID) throws(H2Error) {
        guard id <= .max else { throw outOfRange(id) }
    }

    @inline(never)
    private static func outOfRange(_ id: H2StreamID) -> H2Error {
        .local(.invalidArgument, on: id, "stream identifier exceeds 2^31-1")
    }

    @inline(never)
    private static func notLive(_ id: H2StreamID, isIdle: Bool) -> H2Error {
        isIdle
            ? .local(.noSuchStream, on: id, "the stream was never opened")
            : .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
    }

    // MARK: Opening and closing

    /// Opens or reserves a stream.
    ///
    /// - Parameter request: On a client, the request, whose authority ALTSVC events need.
    /// - Returns: The slot of the stream.
    @discardableResult
    mutating func open(_ record: StreamRecord, requested request: H2Headers? = nil) -> Int {
        if isIdle(record.id) { claim(record.id) }
        count(record.id, wasOpen: false, isOpen: record.state.isOpen)
        if record.state.current == .reservedRemote { reservedInbound += 1 }
        if !isOutbound(record.id) { lastProcessed = record.id }
        return live.insert(record, requested: request)
    }

    /// Uses up the identifier of a stream that is opened, reserved or refused.
    mutating func claim(_ id: UInt32) {
        if isOutbound(id) { outbound.open(id) } else { inbound.open(id) }
    }

    /// Closes a stream of the peer without opening it.
    ///
    /// - Parameter isProcessed: Whether a GOAWAY of this side is to include a refused request.
    mutating func refuse(_ id: UInt32, isProcessed: Bool) {
        if isIdle(id) { claim(id) }
        if isServer, isProcessed { lastProcessed = id }
        inbound.close(id, .forcedReset)
    }

    /// Puts a stream into its next state. If that is closed, the registry remembers only the
    /// reason, and a stream that both sides ended restores the budgets.
    ///
    /// - Parameter isForced: Whether H2 resets the stream because of the peer.
    @inline(__always)
    mutating func commit(
        _ state: StreamStateMachine, at slot: Int, isForced: Bool, _ budgets: inout Budgets
    ) {
        let before = live[slot].state
        live[slot].state = state
        // Most inputs change at most a flag.
        if before.current != state.current {
            move(from: before, to: state, at: slot, isForced: isForced, &budgets)
        }
    }

    @inline(never)
    private mutating func move(
        from before: StreamStateMachine, to state: StreamStateMachine, at slot: Int,
        isForced: Bool, _ budgets: inout Budgets
    ) {
        let id = live[slot].id
        count(id, wasOpen: before.isOpen, isOpen: state.isOpen)
        if before.current == .reservedRemote { reservedInbound -= 1 }
        guard state.isClosed, var reason = state.closeReason else { return }
        if isForced { reason = .forcedReset }
        if reason == .sentEndStream || reason == .receivedEndStream {
            budgets.requestCompleted(live[slot].cost)
        }
        if isOutbound(id) { outbound.close(id, reason) } else { inbound.close(id, reason) }
        live.remove(at: slot)
    }

    private mutating func count(_ id: UInt32, wasOpen: Bool, isOpen: Bool) {
        guard wasOpen != isOpen else { return }
        if isOutbound(id) {
            openOutbound += isOpen ? 1 : -1
        } else {
            openInbound += isOpen ? 1 : -1
        }
        if isOpen { mostOpen = max(mostOpen, openOutbound + openInbound) }
    }

    /// Returns whether to answer a late frame on a stream that is not live with RST_STREAM: only
    /// once for each stream, and not if this side reset it. RFC 9113 §5.4.2.
    mutating func answersLateFrame(on id: UInt32) -> Bool {
        isOutbound(id) ? outbound.answer(id) : inbound.answer(id)
    }
}
