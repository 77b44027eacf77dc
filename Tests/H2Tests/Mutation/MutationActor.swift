// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Makes random calls on the connection under test, roughly as a program would.
struct MutationActor {
    private let connection: H2Connection
    private let isServer: Bool
    private var random: SplitMix
    /// DATA that was received and not acknowledged.
    private var held: [(stream: H2StreamID, size: Int)] = []
    /// Streams that are known, including those that can be answered.
    private var known: [H2StreamID] = []
    private var unanswered: [H2StreamID] = []
    /// The number of calls that sent GOAWAY.
    private(set) var closings = 0

    init(_ connection: H2Connection, random: SplitMix) {
        self.connection = connection
        self.isServer = connection.configuration.role == .server
        self.random = random
    }

    /// Records an event for later calls.
    mutating func see(_ event: H2Event) {
        switch event {
        case .requestReceived(let event):
            known.append(event.streamID)
            unanswered.append(event.streamID)
        case .pushedStreamReceived(let event): known.append(event.pushedStreamID)
        case .dataReceived(let event):
            held.append((event.streamID, event.flowControlledLength))
        default: break
        }
    }

    /// Opens some streams if the connection is a client.
    mutating func begin() throws(H2Error) {
        guard !isServer else { return }
        for _ in 0...random.below(4) { try request() }
    }

    /// Makes one call.
    mutating func act() throws(H2Error) {
        switch random.below(24) {
        case 0..<6: try acknowledge()
        case 6..<12: if isServer { try answer() } else { try request() }
        case 12..<16: try send()
        case 16, 17:
            try connection.resetStream(stream(), errorCode: random.pick([.cancel, .noError]))
        case 18, 19: try connection.updateSettings(settings())
        case 20: try connection.ping(H2PingData(random.next()))
        case 21: try connection.incrementFlowControlWindow(by: 1 + random.below(1_000))
        case 22:
            try connection.incrementFlowControlWindow(by: 1 + random.below(500), on: stream())
        default:
            guard random.chance(10) else { return try send() }
            try connection.closeConnection()
            closings += 1
        }
    }

    private mutating func stream() -> H2StreamID {
        known.isEmpty || random.chance(5)
            ? H2StreamID(UInt32(random.below(12))) : random.pick(known)
    }

    private mutating func acknowledge() throws(H2Error) {
        guard !held.isEmpty else { return }
        let index = random.below(held.count)
        let (stream, size) = held[index]
        // All of it, a part, or more than once.
        if !random.chance(5) { held.remove(at: index) }
        try connection.acknowledgeReceivedData(
            random.chance(20) ? random.below(size + 1) : size, on: stream)
    }

    private mutating func request() throws(H2Error) {
        let next = try connection.nextAvailableStreamID()
        let id = H2StreamID(next.rawValue + (random.chance(10) ? 4 : 0))
        let method = random.pick(["GET", "GET", "POST", "HEAD"])
        try connection.sendHeaders(
            [
                ":method": method, ":scheme": "https", ":authority": "example.com", ":path": "/",
                "x-\(random.below(3))": "v\(random.below(3))",
            ], on: id, endStream: method != "POST")
        known.append(id)
    }

    private mutating func answer() throws(H2Error) {
        guard !unanswered.isEmpty else { return }
        let index = random.below(unanswered.count)
        let id = unanswered[index]
        if random.chance(20) {
            return try connection.sendHeaders([":status": "103", "link": "</a>"], on: id)
        }
        unanswered.remove(at: index)
        try connection.sendHeaders(
            [":status": "200", "x-\(random.below(3))": "v\(random.below(3))"], on: id,
            endStream: random.chance(60))
    }

    private mutating func send() throws(H2Error) {
        let id = stream()
        let endStream = random.chance(40)
        switch random.below(5) {
        case 0: try connection.endStream(id)
        case 1: try connection.sendHeaders(["x-sum": "1"], on: id, endStream: true)
        case 2:
            try connection.sendData(
                [1, 2, 3], on: id, endStream: endStream, padLength: UInt8(random.below(30)))
        default:
            let size = random.chance(5) ? random.below(17_000) : random.below(100)
            try connection.sendData(
                [UInt8](repeating: 7, count: size), on: id, endStream: endStream)
        }
    }

    private mutating func settings() -> H2Settings {
        switch random.below(7) {
        case 0: [.initialWindowSize: random.pick([0, 100, 20_000, 65_535, 200_000])]
        case 1: [.maxConcurrentStreams: random.pick([0, 1, 2, 100])]
        case 2: [.maxFrameSize: random.pick([16_384, 16_500])]
        case 3: [.headerTableSize: random.pick([0, 50, 200, 4_096])]
        case 4: [.maxHeaderListSize: random.pick([500, 1_000, 65_536])]
        case 5: isServer ? [:] : [.enablePush: random.pick([0, 1])]
        default: [.initialWindowSize: 65_535, .maxConcurrentStreams: 3, .headerTableSize: 100]
        }
    }
}
