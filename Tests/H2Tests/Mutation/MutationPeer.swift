// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// A peer that generates valid frames at random, and follows the output of the connection under
/// test so that they stay valid.
struct MutationPeer {
    struct Stream {
        let id: UInt32
        /// The number of bytes that this peer may send.
        var window: Int
        /// The number of bytes of the body that are not sent yet.
        var left = 0
        /// Whether the stream is promised, and its response has not begun.
        var isPromised = false
        /// Whether the request or the final response was sent.
        var isBegun = false
        var isHead = false
        var isEnded = false
        var isEndedByConnection = false
    }

    /// Whether this peer is the client, and the connection under test the server.
    let isClient: Bool
    var random: SplitMix
    var coder = MutationFieldCoder()
    var streams: [Stream] = []
    /// Streams that both sides ended.
    var ended: [UInt32] = []
    /// Streams that one side reset.
    var reset: [UInt32] = []
    /// The highest stream that this peer opened or promised.
    var highest: UInt32 = 0
    var highestOfConnection: UInt32 = 0
    /// The number of bytes that this peer may send on the connection.
    var window = 65_535
    /// SETTINGS and PING of the connection that are not acknowledged yet.
    var unacknowledged: [[WireFrame.Setting]] = []
    var pings: [UInt64] = []
    private var goAway: UInt32 = 0x7fff_ffff

    // The settings that the connection announced and this peer acknowledged.
    private(set) var initialWindow = 65_535
    private(set) var maxStreams = Int.max
    private(set) var allowsPush = true
    private(set) var maxFrameSize = 16_384
    private(set) var listLimit = 65_536

    init(isClient: Bool, random: SplitMix) {
        self.isClient = isClient
        self.random = random
    }

    /// The number of streams that count toward MAX_CONCURRENT_STREAMS of the connection.
    var openCount: Int {
        streams.count { ($0.id & 1 == 1) == isClient && !$0.isPromised }
    }

    /// Processes a frame that the connection wrote.
    mutating func read(_ frame: WireFrame, isHead: Bool) {
        let id = frame.streamID
        switch frame.type {
        case .settings:
            if !frame.isAck { unacknowledged.append(frame.settings ?? []) }
        case .ping:
            if !frame.isAck { pings.append(frame.pingValue ?? 0) }
        case .windowUpdate:
            let increment = Int(frame.windowIncrement ?? 0)
            if id == 0 {
                window += increment
            } else if let index = find(id) {
                streams[index].window += increment
            }
        case .rstStream: close(id, isReset: true)
        case .headers, .data:
            if find(id) == nil, !isClient, id > highestOfConnection {
                highestOfConnection = id
                // Streams after GOAWAY are ignored.
                guard id <= goAway else { return }
                streams.append(Stream(id: id, window: initialWindow, isHead: isHead))
            }
            if frame.endsStream, let index = find(id) {
                streams[index].isEndedByConnection = true
                if streams[index].isEnded { close(id, isReset: false) }
            }
        default: break
        }
    }

    func find(_ id: UInt32) -> Int? { streams.firstIndex { $0.id == id } }

    mutating func close(_ id: UInt32, isReset: Bool) {
        guard let index = find(id) else { return }
        streams.remove(at: index)
        if isReset { reset.append(id) } else { ended.append(id) }
    }

    /// Records that this peer ended a stream.
    mutating func end(at index: Int) {
        streams[index].isEnded = true
        if streams[index].isEndedByConnection { close(streams[index].id, isReset: false) }
    }

    /// Acknowledges SETTINGS, whose values are then in force.
    mutating func acknowledgeSettings() -> [[UInt8]] {
        guard !unacknowledged.isEmpty else { return [ping()] }
        for setting in unacknowledged.removeFirst() {
            let value = Int(setting.value)
            switch setting.identifier {
            case 0x1: coder.change(limit: value)
            case 0x2: allowsPush = value != 0
            case 0x3: maxStreams = value
            case 0x4:
                for index in streams.indices { streams[index].window += value - initialWindow }
                initialWindow = value
            case 0x5: maxFrameSize = value
            case 0x6: listLimit = value
            default: break
            }
        }
        return [FrameBuilder.settingsAck()]
    }

    // MARK: Frames of the connection

    /// Settings that are valid at any time.
    mutating func settings() -> [UInt8] {
        var entries: [(UInt16, UInt32)] = []
        for _ in 0..<random.below(4) {
            switch random.below(7) {
            case 0: entries.append((0x1, random.pick([0, 64, 300, 4_096, 65_536])))
            case 1: entries.append((0x2, isClient ? random.pick([0, 1]) : 0))
            case 2: entries.append((0x3, random.pick([1, 2, 5, 100])))
            case 3: entries.append((0x4, random.pick([0, 10, 1_000, 65_535, 100_000])))
            case 4: entries.append((0x5, random.pick([16_384, 20_000, 16_777_215])))
            case 5: entries.append((0x6, random.pick([100, 65_536])))
            default: entries.append((random.pick([0x7, 0x99, 0xfafa]), 7))
            }
        }
        return FrameBuilder.settings(entries)
    }

    /// Returns frames that do not belong to a message.
    mutating func control() -> [[UInt8]] {
        switch random.below(16) {
        case 0, 1: return [settings()]
        case 2, 3, 4: return acknowledgeSettings()
        case 5: return [ping()]
        case 6, 7:
            guard !pings.isEmpty else { return [ping()] }
            return [FrameBuilder.ping(pings.removeFirst(), ack: true)]
        case 8, 9, 10: return [windowUpdate()]
        case 11: return resetStream()
        case 12: return [priority()]
        case 13: return [unknown()]
        case 14: return [alternativeService()]
        default: return random.chance(40) ? [goAwayFrame()] : [ping()]
        }
    }

    mutating func ping() -> [UInt8] { FrameBuilder.ping(random.next()) }

    private mutating func windowUpdate() -> [UInt8] {
        let live = streams.filter { !$0.isPromised }
        let id = live.isEmpty || random.chance(40) ? 0 : random.pick(live).id
        return FrameBuilder.windowUpdate(id, increment: UInt32(1 + random.below(20_000)))
    }

    private mutating func resetStream() -> [[UInt8]] {
        guard !streams.isEmpty else { return [ping()] }
        let id = random.pick(streams).id
        close(id, isReset: true)
        return [FrameBuilder.rstStream(id, code: random.pick([0, 5, 7, 8, 0xff]))]
    }

    private mutating func priority() -> [UInt8] {
        let id = UInt32(1 + random.below(20))
        return FrameBuilder.priority(
            id, dependsOn: UInt32(random.pick([0, 21, 22])), exclusive: random.chance(50),
            weightByte: UInt8(random.below(256)))
    }

    private mutating func alternativeService() -> [UInt8] {
        let stream = UInt32(random.below(9))
        return FrameBuilder.altSvc(
            stream, origin: stream == 0 ? "https://a" : "", field: "h2=\":\(random.below(99))\"")
    }

    private mutating func unknown() -> [UInt8] {
        FrameBuilder.raw(
            type: UInt8(random.pick([0xb, 0x10, 0x20, 0xff])), flags: UInt8(random.below(256)),
            stream: UInt32(random.below(9)),
            payload: random.bytes(random.chance(5) ? 2_000 : random.below(20)))
    }

    private mutating func goAwayFrame() -> [UInt8] {
        goAway = min(goAway, random.pick([0x7fff_ffff, highestOfConnection, 1, 0]))
        if !isClient {
            for stream in streams where stream.id & 1 == 1 && stream.id > goAway {
                close(stream.id, isReset: true)
            }
        }
        return FrameBuilder.goAway(
            last: goAway, code: UInt32(random.below(14)), data: random.bytes(random.below(10)))
    }
}
