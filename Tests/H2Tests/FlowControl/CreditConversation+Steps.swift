// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

extension CreditConversation {
    func openStream() throws {
        let id = nextID
        nextID += 2
        if isServer {
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.samplePost.block))
        } else {
            try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(id), endStream: flip(2))
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.sampleResponse.block))
        }
        streams[id] = Stream(ledger: CreditLedger(size: initialSize))
        count("streams")
    }

    /// Receives DATA that fits, sometimes exactly, sometimes with END_STREAM.
    func sendData() throws {
        let id = randomStream()
        guard let stream = streams[id], !stream.isEnded else { return try sendTooLate(id) }
        let room = min(connection.available, stream.ledger.available, 16_384)
        guard room >= 0 else { return count("negative windows") }
        let frame = data(on: id, room: room)
        let events = try peer.receive(frame.bytes)
        let ends = frame.endsStream
        let length = frame.payload.count
        guard case .dataReceived(let event)? = events.first, events.count == (ends ? 2 : 1) else {
            Issue.record("\(frame): \(events)")
            return
        }
        if event.flowControlledLength != length || event.endsStream != ends {
            Issue.record("\(frame): \(event)")
        }
        connection.receive(length)
        streams[id]?.ledger.receive(length)
        streams[id]?.isEnded = ends
        if length == room { count("full windows") }
        count(frame.padLength == nil ? "plain DATA" : "padded DATA")
        if peer.connection.slot(of: id) == nil {
            settleLast(id)
            close(id)
        }
    }

    /// Returns a DATA frame of at most `room` bytes, padding included.
    private func data(on id: UInt32, room: Int) -> WireFrame {
        var length = flip(3) ? room : Int.random(in: 0...room, using: &generator)
        if flip(4) { length = min(length, 300) }
        var flags: UInt8 = flip(12) ? 0x1 : 0
        guard length > 0, flip(2) else {
            return WireFrame(
                type: .data, flags: flags, streamID: id,
                payload: [UInt8](repeating: 7, count: length))
        }
        flags |= 0x8
        let padding =
            flip(2)
            ? min(255, length - 1) : Int.random(in: 0...min(255, length - 1), using: &generator)
        let body = [UInt8](repeating: 7, count: length - 1 - padding)
        return WireFrame(
            type: .data, flags: flags, streamID: id,
            payload: [UInt8(padding)] + body + [UInt8](repeating: 0, count: padding))
    }

    /// Receives DATA after END_STREAM: a stream error, whose bytes still count for the connection.
    private func sendTooLate(_ id: UInt32) throws {
        guard connection.available >= 0 else { return }
        let frame = data(on: id, room: min(connection.available, 16_384))
        let events = try peer.receive(frame.bytes)
        let reset = H2Event.streamReset(
            .init(streamID: H2StreamID(id), errorCode: .streamClosed, isRemote: false))
        if events != [reset] { Issue.record("\(frame): \(events)") }
        connection.sent += frame.payload.count
        close(id)
        count("DATA too late")
    }

    /// Receives DATA on a closed stream.
    func sendIgnoredData() throws {
        guard let id = closed.keys.sorted().randomElement(using: &generator) else { return }
        let frame = data(on: id, room: min(connection.available, 16_384))
        let events = try peer.receive(frame.bytes)
        if !events.isEmpty { Issue.record("\(frame): \(events)") }
        connection.sent += frame.payload.count
        count("ignored DATA")
    }

    /// Acknowledges all, some, twice as much, or far too much; sometimes on a closed stream.
    func acknowledge() throws {
        let isClosed = streams.isEmpty || !closed.isEmpty && flip(5)
        let ids = isClosed ? closed.keys.sorted() : streams.keys.sorted()
        guard let id = ids.randomElement(using: &generator) else { return }
        let unacknowledged = streams[id]?.ledger.unacknowledged ?? closed[id] ?? 0
        let size: Int
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5: size = unacknowledged
        case 5..<8: size = Int.random(in: 0...unacknowledged, using: &generator)
        case 8: size = unacknowledged * 2
        default: size = flip(2) ? .max : unacknowledged + 1
        }
        try peer.connection.acknowledgeReceivedData(size, on: H2StreamID(id))
        connection.acknowledge(size)
        streams[id]?.ledger.acknowledge(size)
        if isClosed { closed[id] = max(0, unacknowledged - size) }
        count(size > unacknowledged ? "acknowledged too much" : "acknowledged")
    }

    func reset() throws {
        let id = randomStream()
        if flip(2) {
            try peer.receive(FrameBuilder.rstStream(id, code: 8))
        } else {
            try peer.connection.resetStream(H2StreamID(id), errorCode: .cancel)
        }
        close(id)
        count("resets")
    }

    func announceSize() throws {
        guard pendingSizes.count < 3 else { return }
        let size =
            flip(3)
            ? Int.random(in: 0...2_000, using: &generator)
            : Int.random(in: 0...200_000, using: &generator)
        try peer.connection.updateSettings([.initialWindowSize: UInt32(size)])
        pendingSizes.append(size)
    }

    func acknowledgeSize() throws {
        guard !pendingSizes.isEmpty else { return }
        try peer.receive(FrameBuilder.settingsAck())
        let delta = pendingSizes[0] - initialSize
        initialSize = pendingSizes.removeFirst()
        for id in streams.keys { streams[id]?.ledger.resize(by: delta) }
        count(delta < 0 ? "shrunk" : "grown")
    }

    /// Enlarges a window explicitly, with a WINDOW_UPDATE that is not credit for received bytes.
    func open() throws {
        let id = streams.isEmpty || flip(2) ? 0 : randomStream()
        let increment = flip(3) ? 1 : Int.random(in: 1...70_000, using: &generator)
        try peer.connection.incrementFlowControlWindow(by: increment, on: H2StreamID(id))
        let frames = peer.sent()
        let isRight =
            frames.map(\.bytes) == [
                FrameBuilder.windowUpdate(id, increment: UInt32(increment))
            ]
        if !isRight { Issue.record("\(frames)") }
        if id == 0 {
            connection.open(by: increment)
        } else {
            streams[id]?.ledger.open(by: increment)
        }
        count("opened explicitly")
    }

    /// Records the last credits of a stream before it is forgotten.
    private func settleLast(_ id: UInt32) {
        for frame in peer.sent() {
            guard let increment = frame.windowIncrement.map(Int.init) else { continue }
            if frame.streamID == 0 { connection.credited += increment }
            if frame.streamID == id { streams[id]?.ledger.credited += increment }
        }
    }
}
