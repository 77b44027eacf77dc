// SPDX-License-Identifier: MIT

/// The frames that carry no message: RFC 9113 §6.3 to §6.8.
extension ConnectionCore {
    /// RST_STREAM, RFC 9113 §6.4.
    mutating func receiveResetFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = frame.header.streamID
        guard !isIdle(id) else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "RST_STREAM on an idle stream, RFC 9113 §6.4")
        }
        try advance(.receiveReset)
        // On a closed stream it may have crossed what closed it.
        guard let slot = streams.find(id) else { return try countControl() }
        if !isOutbound(id) {
            let hasResponse =
                isServer
                ? streams[slot].machine.headersSent : streams[slot].machine.headersReceived
            if !hasResponse { try countPeerReset(at: slot) }
        }
        try feedControl(frame)
        var machine = streams[slot].machine
        _ = machine.process(.receiveReset)
        commit(machine, at: slot)
        let code = H2ErrorCode(rawValue: UInt32(truncatingIfNeeded: session.completedValue))
        events.append(
            .streamReset(
                H2Event.StreamReset(
                    streamID: H2StreamID(id), errorCode: code, isRemote: true,
                    isSafeToRetry: code == .refusedStream && isOutbound(id))))
    }

    /// SETTINGS, RFC 9113 §6.5.
    mutating func receiveSettingsFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try advance(.receiveSettings)
        if frame.header.isAck { return try receiveSettingsAck(frame, &events) }
        let entries = unsafe SettingsPayload(frame.payload(0..<frame.header.length))
        try bounds.check(.settingsPerFrame, entries.count)
        if hasPeerSettings { try countControl(weight: weight(of: entries)) }
        bounds.note(.settingsPerFrame, entries.count)
        try checkRemote(entries, isFirst: !hasAnnouncedSettings)
        try session.feed(settings: entries, isFirst: !hasPeerSettings, into: &output)
        if !hasPeerSettings, local.isNextInForce {
            // nghttp2 accepts no other frame before the first SETTINGS frame.
            try session.acknowledgeSettings(into: &output)
        }
        hasPeerSettings = true
        let oldSize = remote.initialWindowSize
        let changes = remote.receive(entries)
        let delta = remote.initialWindowSize - oldSize
        if delta != 0 { streams.forEach { $0.sendWindow += delta } }
        events.append(
            .remoteSettingsChanged(H2Event.RemoteSettingsChanged(changes: changes)))
    }

    /// What a SETTINGS frame costs, in PINGs. One with INITIAL_WINDOW_SIZE visits each stream.
    private mutating func weight(of entries: SettingsPayload) -> Int {
        let changesWindows = entries.contains { $0.identifier == .initialWindowSize }
        return 2 + entries.count / 4 + (Session.needs(entries) ? 3 : 0)
            + (changesWindows ? streams.slotCount / 128 : 0)
    }

    /// Judges settings of the peer in their order. It changes nothing: see `ready(for:)`.
    mutating func checkRemote(
        _ entries: some Sequence<H2Settings.Entry>, isFirst: Bool
    ) throws(H2Error) {
        let peer = isServer ? H2Configuration.Role.client : .server
        // What cannot be taken back, as it is after the entries before.
        var previous: (connect: UInt32?, priorities: UInt32?) = (
            remote[.enableConnectProtocol], remote[.noRFC7540Priorities]
        )
        var initialWindowSize = remote.initialWindowSize
        // Others are judged by nothing: a frame full of them costs nothing.
        for entry in entries where entry.identifier.isDefined {
            var isRetraction = false
            switch entry.identifier {
            case .enableConnectProtocol:
                isRetraction = SettingsRules.isRetraction(
                    entry, after: previous.connect, isFirst: isFirst, by: peer)
                previous.connect = entry.value
            case .noRFC7540Priorities:
                isRetraction = SettingsRules.isRetraction(
                    entry, after: previous.priorities, isFirst: isFirst, by: peer)
                previous.priorities = entry.value
            case .initialWindowSize:
                initialWindowSize = Int(entry.value)
            default: break
            }
            let violation = SettingsRules.violation(of: entry, by: peer)
            if let code = violation ?? (isRetraction ? .protocolError : nil) {
                throw .remote(
                    .invalidSettingsValue, code,
                    "\(entry.identifier) may not be \(entry.value), RFC 9113 §6.5.2")
            }
        }
        let delta = initialWindowSize - remote.initialWindowSize
        if delta > 0,
            streams.contains(where: { $0.sendWindow + delta > ReceiveWindow.limit })
        {
            throw .remote(
                .flowControl, .flowControlError,
                "INITIAL_WINDOW_SIZE makes a window larger than 2^31-1, RFC 9113 §6.9.2")
        }
    }

    private mutating func receiveSettingsAck(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        // An acknowledgement of nothing does nothing, as in h2; nghttp2 would end the connection.
        guard let next = local.next else {
            try countControl()
            events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: [])))
            return
        }
        guard !local.isNextInForce else {
            let changes = local.acknowledge()
            events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: changes)))
            return
        }
        let oldSize = local.initialWindowSize
        let delta = Int(next[.initialWindowSize] ?? UInt32(oldSize)) - oldSize
        if delta > 0,
            streams.contains(where: { !$0.receiveWindow.canChangeInitialSize(by: delta) })
        {
            throw .remote(
                .flowControl, .flowControlError,
                "INITIAL_WINDOW_SIZE makes a window larger than 2^31-1, RFC 9113 §6.9.2")
        }
        try feedControl(frame)
        let changes = local.acknowledge()
        if delta != 0 { streams.forEach { $0.receiveWindow.initialSizeChanged(by: delta) } }
        noteAcknowledged(listSize: next[.maxHeaderListSize])
        events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: changes)))
    }

    /// Holds the peer to a MAX_HEADER_LIST_SIZE that it acknowledged, if the caller asked for it.
    mutating func noteAcknowledged(listSize: UInt32?) {
        guard !hasDefaultListSizePending else { return hasDefaultListSizePending = false }
        guard let listSize else { return }
        bounds.announce(Int(listSize), isAcknowledged: true)
        session.headerListLimit = bounds[.headerListSize]
    }

    /// PING, RFC 9113 §6.7. H2 does not pass it to nghttp2.
    mutating func receivePingFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try advance(.receivePing)
        if !frame.header.isAck || !pings.acknowledged() { try countControl() }
        let data = H2PingData(UInt64(frame.word(at: 0)) << 32 | UInt64(frame.word(at: 4)))
        guard !frame.header.isAck else {
            return events.append(.pingAckReceived(H2Event.PingAckReceived(data: data)))
        }
        FrameWriter.ping(data, isAck: true, into: &output)
        events.append(.pingReceived(H2Event.PingReceived(data: data)))
    }

    /// PRIORITY, RFC 7540 §6.3. nghttp2 is not fed with it: newer releases drop it without a word.
    mutating func receivePriorityFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try advance(.receivePriority)
        try countControl()
        let priority = try self.priority(in: frame, at: 0)
        events.append(
            .priorityUpdated(
                H2Event.PriorityUpdated(
                    streamID: H2StreamID(frame.header.streamID), priority: priority)))
    }

    /// Reads the five bytes of a priority.
    func priority(in frame: ReceivedFrame, at offset: Int) throws(H2Error) -> H2Priority {
        let word = frame.word(at: offset)
        let dependsOn = word & 0x7fff_ffff
        guard dependsOn != frame.header.streamID else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(frame.header.streamID),
                "a stream depends on itself, RFC 7540 §5.3.1")
        }
        return H2Priority(
            weight: Int(frame[offset + 4]) + 1, dependsOn: H2StreamID(dependsOn),
            isExclusive: word != dependsOn)
    }

    /// ALTSVC, RFC 7838 §4. nghttp2 is not fed with it.
    mutating func receiveAlternativeServiceFrame(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let originLength = Int(frame[0]) << 8 | Int(frame[1])
        guard 2 + originLength <= frame.header.length else {
            throw .remote(
                .frameDataMissing, .frameSizeError, actual: frame.header.length,
                "an origin is longer than its frame, RFC 7838 §4")
        }
        try countControl(weight: Budgets.weight(ofOpaque: frame.header.length))
        // A server has no use for it, RFC 7838 §4.
        if isServer && machine.state != .closed { return }
        try advance(.receiveAlternativeService)
        let id = frame.header.streamID
        let origin: H2Bytes
        if id == 0 {
            // Without an origin it says nothing.
            guard originLength != 0 else { return }
            origin = owner.payload(2..<2 + originLength, of: frame)
        } else {
            // Once the response begins it comes too late, as in h2; with an origin it is invalid.
            guard originLength == 0, let slot = streams.find(id),
                !streams[slot].machine.headersReceived
            else { return }
            origin = streams.request(at: slot)?.firstValue(of: .authority) ?? H2Bytes()
        }
        events.append(
            .alternativeServiceAvailable(
                H2Event.AlternativeServiceAvailable(
                    origin: origin,
                    fieldValue: owner.payload(2 + originLength..<frame.header.length, of: frame))))
    }

    /// GOAWAY, RFC 9113 §6.8. nghttp2 is not fed with it: without streams it would stop to read.
    mutating func receiveGoAwayFrame(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let last = frame.word(at: 0) & 0x7fff_ffff
        // A GOAWAY that refuses more streams visits each stream.
        let refusesMore = last < min(goAwayLimit ?? .max, outbound.highest)
        let visit = refusesMore ? streams.slotCount / 16 : 0
        try countControl(weight: Budgets.weight(ofOpaque: frame.header.length) + visit)
        let code = H2ErrorCode(rawValue: frame.word(at: 4))
        let event = H2Event.connectionTerminated(
            H2Event.ConnectionTerminated(
                errorCode: code, lastStreamID: H2StreamID(last),
                additionalData: owner.payload(8..<frame.header.length, of: frame)))
        guard configuration.goAway == .finishStreams, machine.state != .closed else {
            try advance(.receiveGoAway)
            output.removeAll()
            events.append(event)
            return
        }
        events.append(event)
        goAwayLimit = min(last, goAwayLimit ?? .max)
        guard refusesMore else { return }
        let refused = streams.records.map { $0.id }.filter { isOutbound($0) && $0 > last }.sorted()
        for id in refused {
            guard let slot = streams.find(id) else { continue }
            try forgetLive(id)
            var machine = streams[slot].machine
            _ = machine.process(.receiveReset)
            commit(machine, at: slot)
            events.append(
                .streamReset(
                    H2Event.StreamReset(
                        streamID: H2StreamID(id), errorCode: .refusedStream, isRemote: true,
                        isSafeToRetry: true)))
        }
    }
}
