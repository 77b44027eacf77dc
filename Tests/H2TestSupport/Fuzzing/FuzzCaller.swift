// SPDX-License-Identifier: MIT

package import H2

/// Makes the calls that a fuzz input selects, usually valid ones, in any order.
package struct FuzzCaller {
    /// What a call sent or returned, with what the other end needs to check it.
    package enum Effect {
        case headers(FuzzHeaders, on: UInt32)
        case promise(FuzzHeaders, of: UInt32)
        case data(count: Int, on: UInt32)
        /// Trailers that wait for the data before them.
        case queuedTrailers(FuzzHeaders, on: UInt32)
        case goAway
        /// Sends nothing, and is never refused.
        case events([H2Event])
        /// The connection ended: by a deadline, or because the transport ended.
        case ended([H2Event], H2Error?)
        case other
    }

    private static let rememberedCount = 64

    let connection: H2Connection
    let isServer: Bool
    /// Whether the calls of the features that are off by default are made, too.
    private let hasFeatures: Bool
    /// The time of calls that pass it.
    package internal(set) var now = H2Instant(nanoseconds: 0)
    /// Whether an error or the end of the transport has ended the connection: then every call is
    /// refused.
    package var hasEnded = false
    /// The streams used last.
    private var streams: [H2StreamID] = []
    /// Received data that is not acknowledged.
    private var held: [(stream: H2StreamID, size: Int)] = []
    /// The bytes of data sent on each stream.
    private var sent: [UInt32: Int] = [:]

    package init(_ connection: H2Connection, hasFeatures: Bool) {
        self.connection = connection
        self.isServer = connection.configuration.role == .server
        self.hasFeatures = hasFeatures
    }

    /// Returns the body bytes that precede offset `end`. They depend on the offset, the stream and
    /// the sender, so that the other end can verify them.
    package static func data(
        upTo end: Int, count: Int, on stream: UInt32, fromServer: Bool
    ) -> [UInt8] {
        (end - count..<end).map {
            UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(stream) &+ (fromServer ? 7 : 0))
        }
    }

    /// Records the streams and data of an event for later calls.
    package mutating func see(_ event: H2Event) {
        switch event {
        case .requestReceived(let event): remember(event.streamID)
        case .pushedStreamReceived(let event): remember(event.pushedStreamID)
        case .dataReceived(let event):
            held.append((event.streamID, event.flowControlledLength))
            if held.count > Self.rememberedCount { held.removeFirst() }
        default: break
        }
    }

    /// Makes one call and checks its effect. Returns `nil` if the call was refused, which must
    /// change nothing.
    package mutating func act(_ kind: UInt8, _ input: inout FuzzInput) throws(PairError) -> Effect?
    {
        let before = marks
        let wasEnded = hasEnded
        var effect: Effect?
        if hasFeatures, let observed = try observe(kind, &input) {
            effect = observed
            switch observed {
            case .events(let events), .ended(let events, _): for event in events { see(event) }
            default: break
            }
        } else {
            do throws(H2Error) {
                effect = try call(kind, &input)
            } catch {
                guard error.origin == .local, error.kind != .internalError else {
                    throw PairError("a call failed: \(error)")
                }
                guard marks == before else {
                    throw PairError("a refused call changed the connection: \(error)")
                }
            }
        }
        if wasEnded { try check(effect, afterEnd: before) }
        try PairError.check(connection)
        return effect
    }

    /// Checks a call after the end of the connection.
    private func check(_ effect: Effect?, afterEnd before: [Int]) throws(PairError) {
        switch effect {
        // `connectionLost` discards the output.
        case .ended: return
        case .events, nil: break
        default:
            // A call on a stream that was reset before the end may be ignored.
            let configuration = connection.configuration
            guard configuration.lateCalls == .ignored, !configuration.reportsStreamOutcomes else {
                throw PairError("a call after the end was not refused")
            }
        }
        guard marks == before, !connection.hasEvents else {
            throw PairError("a call after the end changed the connection")
        }
    }

    /// Values that a refused call must not change.
    private var marks: [Int] {
        [
            connection.outboundByteCount, connection.state.flow.send.available,
            connection.state.flow.receive.available,
            connection.state.streams.openInbound, connection.state.streams.openOutbound,
            connection.state.streams.live.count,
            Int(connection.highestOutboundStreamID.rawValue),
            Int(connection.highestInboundStreamID.rawValue),
            connection.connectionState == .closed ? 1 : 0, connection.heldByteCount,
            connection.localSettings.unacknowledged.count, connection.queuedByteCount,
        ]
    }

    private mutating func call(_ kind: UInt8, _ input: inout FuzzInput) throws(H2Error) -> Effect {
        if hasFeatures, let effect = try callFeature(kind, &input) { return effect }
        switch kind % 32 {
        case 0...5: return try isServer ? respond(.response, &input) : request(&input)
        case 6...10: return try sendData(&input)
        case 11: try connection.endStream(stream(&input))
        case 12, 13:
            let id = stream(&input)
            let trailers = FuzzHeaders(.trailers, &input)
            try connection.sendHeaders(trailers.headers, on: id, endStream: input.below(8) != 0)
            return .headers(trailers, on: id.rawValue)
        case 14, 15:
            let code = H2ErrorCode(rawValue: UInt32(input.below(16)))
            try connection.resetStream(stream(&input), errorCode: code)
        case 16...19: try acknowledge(&input)
        case 20, 21:
            let id = input.below(2) == 0 ? .connection : stream(&input)
            try connection.incrementFlowControlWindow(by: Self.increment(&input), on: id)
        case 22, 23: try connection.updateSettings(settings(&input))
        case 24: try connection.ping(H2PingData(UInt64(input.word())))
        case 25, 26: if isServer { return try push(&input) } else { try prioritize(&input) }
        case 27, 28:
            return try isServer ? respond(.informational, &input) : request(&input)
        case 29: try advertise(&input)
        case 30: return try sendData(&input, isLarge: true)
        default:
            // Rare, because almost nothing can happen afterwards.
            guard input.byte() == 0xff else { return try sendData(&input) }
            let last = input.below(2) == 0 ? nil : H2StreamID(UInt32(input.byte()))
            try connection.closeConnection(
                additionalData: input.take(input.below(8)), lastStreamID: last)
            return .goAway
        }
        return .other
    }

    mutating func remember(_ id: H2StreamID) {
        streams.append(id)
        if streams.count > Self.rememberedCount { streams.removeFirst() }
    }

    /// Returns a stream, usually one used before.
    func stream(_ input: inout FuzzInput) -> H2StreamID {
        let choice = input.byte()
        if choice < 0xf0, !streams.isEmpty { return streams[Int(choice) % streams.count] }
        return H2StreamID(choice == 0xff ? 0x8000_0001 : UInt32(choice & 0xf))
    }

    private mutating func request(_ input: inout FuzzInput) throws(H2Error) -> Effect {
        let flags = input.byte()
        let next = try connection.nextAvailableStreamID().rawValue
        let id = H2StreamID(flags & 0x0e == 0x0e ? next + UInt32(flags >> 4) : next)
        let request = FuzzHeaders(.request, &input)
        let priority = H2Priority(weight: Int(flags) + 1, dependsOn: H2StreamID(UInt32(flags >> 5)))
        try connection.sendHeaders(
            request.headers, on: id, endStream: flags & 1 != 0,
            priority: flags & 0x70 == 0x70 ? priority : nil)
        remember(id)
        return .headers(request, on: id.rawValue)
    }

    private mutating func respond(
        _ kind: FuzzHeaders.Kind, _ input: inout FuzzInput
    ) throws(H2Error) -> Effect {
        let id = stream(&input)
        let response = FuzzHeaders(kind, &input)
        try connection.sendHeaders(
            response.headers, on: id, endStream: kind == .response && input.below(2) == 1)
        return .headers(response, on: id.rawValue)
    }

    private mutating func push(_ input: inout FuzzInput) throws(H2Error) -> Effect {
        let parent = stream(&input)
        let next = try connection.nextAvailableStreamID().rawValue
        let id = H2StreamID(next + (input.below(8) == 7 ? 4 : 0))
        let request = FuzzHeaders(.request, &input)
        try connection.pushStream(id, on: parent, requestHeaders: request.headers)
        remember(id)
        return .promise(request, of: id.rawValue)
    }

    private func advertise(_ input: inout FuzzInput) throws(H2Error) {
        let text = String(repeating: "h", count: input.below(64))
        if input.below(2) == 0 {
            try connection.advertiseAlternativeService(text, origin: "https://a.example")
        } else {
            try connection.advertiseAlternativeService(text, on: stream(&input))
        }
    }

    private func prioritize(_ input: inout FuzzInput) throws(H2Error) {
        let flags = input.byte()
        try connection.prioritize(
            stream(&input),
            H2Priority(
                weight: Int(flags), dependsOn: H2StreamID(UInt32(flags & 0xf)),
                isExclusive: flags & 0x80 != 0))
    }

    private mutating func sendData(
        _ input: inout FuzzInput, isLarge: Bool = false
    ) throws(H2Error) -> Effect {
        let id = stream(&input)
        let flags = input.byte()
        // Large counts are near the limits of frames and windows.
        let count =
            isLarge
            ? input.pick([1_024, 1_025, 8_192, 16_383, 16_384, 16_385, 20_000, 40_000]) - Int(flags)
            : Int(flags >> 2)
        let padLength = flags & 2 != 0 ? input.byte() : nil
        let data = nextData(count, on: id)
        let isLive = isLive(id)
        let endStream = flags & 1 != 0
        // Large arrays are shared with the output; the bytes of a span are copied.
        switch isLarge ? input.below(3) : 0 {
        case 0: try connection.sendData(data, on: id, endStream: endStream, padLength: padLength)
        case 1:
            let slice = ([0] + data + [0])[1...count]
            try connection.sendData(slice, on: id, endStream: endStream, padLength: padLength)
        default:
            try connection.sendData(
                copying: data.span, on: id, endStream: endStream, padLength: padLength)
        }
        return isLive ? accepted(count, on: id) : .other
    }

    /// Whether a call on the stream is not too late.
    func isLive(_ id: H2StreamID) -> Bool { connection.slot(of: id.rawValue) != nil }

    /// Returns the next body bytes of a stream.
    func nextData(_ count: Int, on id: H2StreamID) -> [UInt8] {
        let end = (sent[id.rawValue] ?? 0) + count
        return Self.data(upTo: end, count: count, on: id.rawValue, fromServer: isServer)
    }

    /// Returns the effect of a call that sent or queued the next body bytes of a stream.
    mutating func accepted(_ count: Int, on id: H2StreamID) -> Effect {
        sent[id.rawValue, default: 0] += count
        return .data(count: count, on: id.rawValue)
    }

    private mutating func acknowledge(_ input: inout FuzzInput) throws(H2Error) {
        let choice = input.byte()
        guard !held.isEmpty, choice != 0xff else {
            return try connection.acknowledgeReceivedData(Int(choice), on: stream(&input))
        }
        let index = Int(choice & 0x1f) % held.count
        let (stream, size) = held[index]
        switch choice >> 5 {
        // All, a part, or more than all of it.
        case 0...4:
            held.remove(at: index)
            try connection.acknowledgeReceivedData(size, on: stream)
        case 5, 6:
            let part = min(size, input.below(256))
            held[index].size -= part
            try connection.acknowledgeReceivedData(part, on: stream)
        default:
            try connection.acknowledgeReceivedData(size &* 2 &+ 1, on: stream)
        }
    }

    private static func increment(_ input: inout FuzzInput) -> Int {
        let choice = input.byte()
        // May reach or exceed the maximum window.
        return choice < 0xe0 ? Int(choice) * 16 : 0x7fff_ffff - (0xff - Int(choice)) * 8_192
    }

    private func settings(_ input: inout FuzzInput) -> H2Settings {
        var settings: H2Settings = [:]
        for _ in 0...input.below(3) {
            switch input.below(8) {
            case 0: settings[.initialWindowSize] = input.pick([0, 1, 300, 65_535, 1 << 20])
            case 1: settings[.initialWindowSize] = input.pick([0x7fff_ffff, 0x8000_0000, 16_384])
            case 2: settings[.maxConcurrentStreams] = input.pick([0, 1, 2, 100])
            case 3: settings[.maxFrameSize] = input.pick([16_384, 16_385, 20_000, 16_383, 1 << 24])
            case 4: settings[.headerTableSize] = input.pick([0, 50, 200, 4_096, 65_536])
            case 5: settings[.maxHeaderListSize] = input.pick([0, 500, 65_536, 1 << 20])
            case 6: settings[.enablePush] = input.pick([0, 1])
            default: settings[H2Settings.Identifier(rawValue: UInt16(input.byte()))] = 1
            }
        }
        return settings
    }
}
