// SPDX-License-Identifier: MIT

import H2

/// Compares the order of events with that of the received frames, read without the library.
struct FuzzOrder {
    private var reader = WireReader()
    /// The frames behind the one that caused the last event.
    private var frames: [WireFrame] = []

    /// Records bytes before the connection receives them.
    mutating func receive(_ bytes: [UInt8]) { frames += reader.feed(bytes) }

    /// Records the next event; returns whether a frame caused it directly.
    ///
    /// - Throws: If no frame did, or only one before the frame of an earlier event.
    mutating func see(_ event: H2Event) throws(PairError) -> Bool {
        guard let isCause = Self.cause(of: event) else { return false }
        guard let index = frames.firstIndex(where: isCause) else {
            throw PairError("out of order, or not caused by a frame: \(event)")
        }
        frames.removeFirst(index + 1)
        return true
    }

    /// Returns which frames may have caused an event; `nil` for the second event of a frame, and for
    /// events that need none.
    private static func cause(of event: H2Event) -> ((WireFrame) -> Bool)? {
        func frame(_ type: WireFrame.Kind, _ id: H2StreamID) -> (WireFrame) -> Bool {
            { $0.type == type && $0.streamID & 0x7fff_ffff == id.rawValue }
        }
        func control(_ type: WireFrame.Kind, isAck: Bool) -> (WireFrame) -> Bool {
            { $0.type == type && $0.isAck == isAck }
        }
        switch event {
        case .requestReceived(let event): return frame(.headers, event.streamID)
        case .responseReceived(let event): return frame(.headers, event.streamID)
        case .informationalResponseReceived(let event): return frame(.headers, event.streamID)
        case .trailersReceived(let event): return frame(.headers, event.streamID)
        case .pushedStreamReceived(let event):
            return { $0.promisedStreamID == event.pushedStreamID.rawValue }
        case .dataReceived(let event):
            return { $0.streamID == event.streamID.rawValue && $0.data?.count == event.data.count }
        // GOAWAY may have refused the stream, too.
        case .streamReset(let event) where event.isRemote && !event.isSafeToRetry:
            return frame(.rstStream, event.streamID)
        case .windowUpdated(let event): return frame(.windowUpdate, event.streamID)
        case .remoteSettingsChanged: return control(.settings, isAck: false)
        case .settingsAcknowledged: return control(.settings, isAck: true)
        case .pingReceived(let event):
            return { !$0.isAck && $0.type == .ping && $0.payload == event.data.bytes }
        case .pingAckReceived(let event):
            return { $0.isAck && $0.type == .ping && $0.payload == event.data.bytes }
        case .connectionTerminated: return control(.goAway, isAck: false)
        case .alternativeServiceAvailable: return control(.altSvc, isAck: false)
        case .unknownFrameReceived(let event): return { $0.type.rawValue == event.type }
        case .priorityUpdateReceived: return { $0.type.rawValue == 0x10 }
        case .streamEnded, .streamReset, .priorityUpdated, .streamClosed, .sendWindowsOpened,
            .sendQueueDrained, .deadlineExpired, .connectionDrained:
            return nil
        @unknown default: return nil
        }
    }
}
