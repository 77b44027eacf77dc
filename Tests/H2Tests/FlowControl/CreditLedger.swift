// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// The expected state of a receive window, computed only from frames and calls.
///
/// At any time:
/// - the peer may send size - sent + credited + opened;
/// - sent = credited + held + uncredited, unless the window is enlarged explicitly: no byte is
///   credited twice, and none is lost. An explicit increment can use up the room of a later credit,
///   which is then smaller than the bytes it is for, so the difference is between 0 and `opened`;
/// - held = bytes reported to the caller and not acknowledged.
struct CreditLedger {
    /// INITIAL_WINDOW_SIZE, including all its changes.
    var size: Int
    /// The largest size that the window may have.
    var maximum: Int
    /// Bytes of all DATA frames, padding included, and of ignored frames too.
    var sent = 0
    /// Sum of the increments that credit received bytes.
    var credited = 0
    /// Sum of the explicit increments.
    var opened = 0
    /// Bytes reported to the caller and not acknowledged.
    var unacknowledged = 0

    init(size: Int) {
        self.size = size
        self.maximum = size
    }

    var available: Int { size - sent + credited + opened }

    /// Records DATA that is reported to the caller.
    mutating func receive(_ length: Int) {
        sent += length
        unacknowledged += length
    }

    /// Records an acknowledgement. Acknowledging more than was received acknowledges all of it.
    mutating func acknowledge(_ length: Int) {
        unacknowledged = max(0, unacknowledged - length)
    }

    /// Records an explicit increment.
    mutating func open(by increment: Int) {
        opened += increment
        maximum = max(maximum, available)
    }

    /// Records a change of INITIAL_WINDOW_SIZE.
    mutating func resize(by delta: Int) {
        size += delta
        maximum += delta
    }

    /// Returns how a window differs from the ledger.
    func differences(from window: ReceiveWindow, of name: String) -> [String] {
        var found: [String] = []
        func require(_ what: String, _ isTrue: Bool) {
            if !isTrue { found.append("\(name): \(what); \(self); \(window)") }
        }
        let missing = sent - credited - window.held - window.uncredited
        require("available", window.available == available)
        require("maximum", window.maximum == maximum && available <= maximum)
        require("sent = credited + held + uncredited", missing >= 0 && missing <= opened)
        require("unacknowledged", window.held == unacknowledged)
        require("held and uncredited are not negative", min(window.held, window.uncredited) >= 0)
        require("credited is at most what was sent", credited <= sent)
        return found
    }
}

/// A random conversation in which the remote end sends DATA and the caller acknowledges at random.
final class CreditConversation {
    /// A stream from the remote end's point of view.
    struct Stream {
        var ledger: CreditLedger
        /// Whether the remote end sent END_STREAM.
        var isEnded = false
    }

    let peer: Peer
    let isServer: Bool
    /// Whether windows are also enlarged explicitly.
    let enlargesWindows: Bool
    var generator: SplitMix
    var connection = CreditLedger(size: 65_535)
    var streams: [UInt32: Stream] = [:]
    /// Streams that were live, and the number of their bytes that are not acknowledged.
    var closed: [UInt32: Int] = [:]
    var nextID: UInt32 = 1
    /// The INITIAL_WINDOW_SIZE in force, and the values not acknowledged yet.
    var initialSize: Int
    var pendingSizes: [Int] = []
    /// The number of occurrences of each event, by name.
    var counts: [String: Int] = [:]

    init(_ role: H2Configuration.Role, seed: UInt64, enlargesWindows: Bool, cut: Cut) throws {
        generator = SplitMix(seed: seed)
        self.enlargesWindows = enlargesWindows
        isServer = role == .server
        var configuration = H2Configuration(role)
        let sizes: [UInt32] = [65_535, 65_535, 65_535, 0, 1, 40, 1_000, 5_000, 200_000]
        let size = sizes[Int(seed) % sizes.count]
        configuration.initialSettings = [.initialWindowSize: size]
        initialSize = Int(size)
        peer = try Peer(configuration, cut: cut)
    }

    /// Takes a random step and returns the differences after it.
    func step() throws -> [String] {
        let action = Int.random(in: 0..<100, using: &generator)
        switch action {
        case 0..<50 where !streams.isEmpty: try sendData()
        case 50..<56 where !closed.isEmpty: try sendIgnoredData()
        case 56..<84 where !streams.isEmpty || !closed.isEmpty: try acknowledge()
        case 84..<88 where !streams.isEmpty: try reset()
        case 88..<91: try announceSize()
        case 91..<95: try acknowledgeSize()
        case 95..<98 where enlargesWindows: try open()
        default: if streams.count < 6 { try openStream() }
        }
        return try settle()
    }

    /// Reads the output and returns the differences. `peer` itself calls `audit` after each of its
    /// calls.
    func settle() throws -> [String] {
        var found: [String] = []
        for frame in peer.sent() {
            if frame.type == .goAway { found.append("\(frame)") }
            guard let increment = frame.windowIncrement.map(Int.init) else { continue }
            if increment == 0 { found.append("\(frame)") }
            if frame.streamID == 0 {
                connection.credited += increment
            } else if streams[frame.streamID] != nil {
                streams[frame.streamID]?.ledger.credited += increment
            } else {
                found.append("\(frame) on a stream that is closed")
            }
            counts["WINDOW_UPDATE", default: 0] += 1
        }
        let library = peer.connection
        found += connection.differences(from: library.state.flow.receive, of: "connection")
        if library.state.streams.live.count != streams.count {
            found.append("\(streams.count) streams")
        }
        for (id, stream) in streams {
            guard let slot = library.slot(of: id) else {
                found.append("stream \(id) is missing")
                continue
            }
            found += stream.ledger.differences(
                from: library.state.streams[slot].flow.receive, of: "stream \(id)")
            let window = try library.remoteFlowControlWindow(on: H2StreamID(id))
            if window != min(connection.available, stream.ledger.available) {
                found.append("remoteFlowControlWindow is \(window)")
            }
        }
        if library.inboundFlowControlWindow != connection.available {
            found.append("inbound window")
        }
        return found
    }

    /// Removes a stream that was closed.
    func close(_ id: UInt32) {
        closed[id] = streams.removeValue(forKey: id)?.ledger.unacknowledged
    }

    func randomStream() -> UInt32 { streams.keys.sorted().randomElement(using: &generator) ?? 1 }

    func flip(_ chance: Int) -> Bool { Int.random(in: 0..<chance, using: &generator) == 0 }

    func count(_ name: String) { counts[name, default: 0] += 1 }
}
