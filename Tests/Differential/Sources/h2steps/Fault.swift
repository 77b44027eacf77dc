// SPDX-License-Identifier: MIT

import H2

/// A fault planted in H2 on purpose, which the test must find.
enum Fault: String, CaseIterable {
    // Reported properties of the connection.
    case inboundWindow, outboundWindow, openCount, settingNotApplied
    case availableStreams, sendableBytes
    // Fields of errors.
    case errorCode, origin
    // Events and their fields.
    case eventMissing, eventOfManyMissing, eventsSwapped, eventTwice, flowControlledLength
    case endsStreamLost, weight, eventOfFeature
    case headersSwapped, headerLost, neverIndexedLost, eventStreamID, windowDelta, oldSettingLost
    // Sent frames.
    case paddingLost, priorityLost, secretExposed, resetCode, lastStreamID, resetMissing
    case windowUpdateMissing, increment, pingAckMissing, frameTwice, queuedByteLost
    // Received frames.
    case flagLost

    func spoil(_ events: [H2Event]) -> [H2Event] {
        var events = events
        switch self {
        case .eventMissing:
            events.removeAll { if case .streamEnded = $0 { true } else { false } }
        case .eventsSwapped: if events.count > 1 { events.swapAt(0, 1) }
        // No single frame causes this many events.
        case .eventOfManyMissing: if events.count > 3 { events.removeLast() }
        case .eventOfFeature: if events.isEmpty { events.append(.connectionDrained) }
        case .eventTwice:
            if let last = events.last, case .windowUpdated = last { events.append(last) }
        default: events = events.map(spoil)
        }
        return events
    }

    private func spoil(_ event: H2Event) -> H2Event {
        switch (self, event) {
        case (.flowControlledLength, .dataReceived(var event)):
            event.flowControlledLength = event.data.count
            return .dataReceived(event)
        case (.endsStreamLost, .responseReceived(var event)):
            event.endsStream = false
            return .responseReceived(event)
        case (.weight, .priorityUpdated(var event)):
            event.priority.weight -= 1
            return .priorityUpdated(event)
        case (.headersSwapped, .requestReceived(var event)):
            event.headers = H2Headers(event.headers.reversed())
            return .requestReceived(event)
        case (.headerLost, .trailersReceived(var event)):
            event.headers = H2Headers(event.headers.dropLast())
            return .trailersReceived(event)
        case (.neverIndexedLost, .responseReceived(var event)):
            event.headers = Self.exposed(event.headers)
            return .responseReceived(event)
        case (.eventStreamID, .streamReset(var event)):
            event.streamID = H2StreamID(event.streamID.rawValue + 2)
            return .streamReset(event)
        case (.windowDelta, .windowUpdated(var event)):
            event.delta += 1
            return .windowUpdated(event)
        case (.oldSettingLost, .remoteSettingsChanged(var event)):
            event.changes = event.changes.map {
                H2SettingChange($0.identifier, from: nil, to: $0.newValue)
            }
            return .remoteSettingsChanged(event)
        default: return event
        }
    }

    private static func exposed(_ headers: H2Headers) -> H2Headers {
        var result = H2Headers()
        for header in headers { result.append(name: header.nameBytes, value: header.valueBytes) }
        return result
    }

    func spoilCall(_ headers: inout H2Headers, _ priority: inout H2Priority?) {
        switch self {
        case .priorityLost: priority = nil
        case .secretExposed: headers = Self.exposed(headers)
        default: break
        }
    }

    /// Clears PADDED in each complete DATA frame.
    func spoilInput(_ bytes: inout [UInt8]) {
        guard self == .flagLost else { return }
        forEachFrame(of: bytes) { start, _ in
            if bytes[start + 3] == 0 { bytes[start + 4] &= ~0x08 }
        }
    }

    func spoil(output: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        guard !output.starts(with: "PRI".utf8) else { return output }
        forEachFrame(of: output) { start, end in
            var frame = Array(output[start..<end])
            switch (self, frame[3]) {
            case (.resetCode, 3): frame[12] ^= 1
            case (.lastStreamID, 7): frame[12] ^= 2
            case (.increment, 8): frame[12] ^= 1
            case (.resetMissing, 3), (.windowUpdateMissing, 8): return
            case (.pingAckMissing, 6) where frame[4] == 1: return
            case (.frameTwice, 2): result += frame
            default: break
            }
            result += frame
        }
        return result
    }

    private func forEachFrame(of bytes: [UInt8], _ body: (Int, Int) -> Void) {
        var start = 0
        while start + 9 <= bytes.count {
            let length = bytes[start..<start + 3].reduce(0) { $0 << 8 | Int($1) }
            guard start + 9 + length <= bytes.count else { return }
            body(start, start + 9 + length)
            start += 9 + length
        }
    }
}
