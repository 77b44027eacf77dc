// SPDX-License-Identifier: MIT

/// Received SETTINGS, RFC 9113 §6.5: settings of the peer, and acknowledgements of local settings.
extension ConnectionCore {
    mutating func receiveSettings(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try lifecycle.advance(.receiveSettings)
        if frame.header.isAck { return try receiveSettingsAck(frame, &events) }
        let entries = unsafe SettingsPayload(frame.payload(0..<frame.header.length))
        try bounds.check(.settingsPerFrame, entries.count)
        if lifecycle.hasPeerSettings { try charge(.controlFrames, weight(of: entries)) }
        bounds.record(.settingsPerFrame, entries.count)
        try checkRemote(entries, isFirst: !hasAnnouncedSettings)
        try session.feedSettings(
            entries, isFirst: !lifecycle.hasPeerSettings, into: &outbox.queue)
        if !lifecycle.hasPeerSettings, local.isNextInForce {
            // nghttp2 accepts no other frame before the first SETTINGS frame.
            try session.acknowledgeSettings(into: &outbox.queue)
        }
        lifecycle.hasPeerSettings = true
        let oldSize = remote.initialWindowSize
        let changes = remote.receive(entries)
        let delta = remote.initialWindowSize - oldSize
        let unblocked =
            delta > 0 && reportsOutcomes ? blockedStreams(by: delta) : []
        if delta != 0 {
            streams.live.forEach { $0.flow.send.grow(by: delta) }
            updateSchedules()
        }
        events.append(
            .remoteSettingsChanged(H2Event.RemoteSettingsChanged(changes: changes)))
        if !unblocked.isEmpty {
            events.append(
                .sendWindowsOpened(H2Event.SendWindowsOpened(streamIDs: unblocked)))
        }
    }

    /// Returns the streams on which this side can send again after INITIAL_WINDOW_SIZE grew by
    /// `delta`, by ascending identifier.
    private func blockedStreams(by delta: Int) -> [H2StreamID] {
        var blocked: [H2StreamID] = []
        streams.live.visit { record in
            let window = record.flow.send.available
            if window <= 0, window + delta > 0, record.state.current != .halfClosedLocal,
                record.state.current != .reservedRemote
            {
                blocked.append(H2StreamID(record.id))
            }
        }
        return blocked.sorted()
    }

    /// Returns the cost of a SETTINGS frame, in PINGs. INITIAL_WINDOW_SIZE makes H2 visit every
    /// stream.
    private mutating func weight(of entries: SettingsPayload) -> Int {
        let changesWindows = entries.contains { $0.identifier == .initialWindowSize }
        return 2 + entries.count / 4 + (Session.needs(entries) ? 3 : 0)
            + (changesWindows ? streams.live.slotCount / (hasQueuedData ? 16 : 128) : 0)
    }

    /// Checks settings of the peer in order. It is `mutating` only so that the core is not copied.
    mutating func checkRemote(
        _ entries: some Sequence<H2Settings.Entry>, isFirst: Bool
    ) throws(H2Error) {
        let peer = isServer ? H2Configuration.Role.client : .server
        // The values of the irrevocable settings after the entries checked so far.
        var previous: (connect: UInt32?, priorities: UInt32?) = (
            remote[.enableConnectProtocol], remote[.noRFC7540Priorities]
        )
        var initialWindowSize = remote.initialWindowSize
        // No rule applies to undefined settings. Skipping them makes a frame full of them cheap.
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
                    SettingsRules.reason(entry, isRetraction: violation == nil))
            }
        }
        let delta = initialWindowSize - remote.initialWindowSize
        if delta > 0,
            streams.live.contains(where: { !$0.flow.send.canGrow(by: delta) })
        {
            throw .remote(
                .flowControl, .flowControlError,
                "INITIAL_WINDOW_SIZE: a stream window would exceed 2^31-1 bytes, RFC 9113 §6.9.2")
        }
    }

    private mutating func receiveSettingsAck(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        // An unsolicited acknowledgement changes no settings, as in h2. nghttp2 would end the
        // connection.
        guard let next = local.next else {
            try charge(.controlFrames)
            events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: [])))
            return
        }
        if !isPlain { timers.progress.acknowledgedSettings += 1 }
        guard !local.isNextInForce else {
            let changes = local.acknowledge()
            events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: changes)))
            return
        }
        let oldSize = local.initialWindowSize
        let delta = Int(next[.initialWindowSize] ?? UInt32(oldSize)) - oldSize
        if delta > 0,
            streams.live.contains(where: { !$0.flow.receive.canChangeInitialSize(by: delta) })
        {
            throw .remote(
                .flowControl, .flowControlError,
                "INITIAL_WINDOW_SIZE: a stream window would exceed 2^31-1 bytes, RFC 9113 §6.9.2")
        }
        try session.feed(
            frame, expecting: .frame(type: FrameType.settings), into: &outbox.queue)
        let changes = local.acknowledge()
        if delta != 0 { streams.live.forEach { $0.flow.receive.initialSizeChanged(by: delta) } }
        if delta < 0 { creditShrunkWindows() }
        if delta > 0, !isPlain { timers.windowsOpened = .max }
        applyAcknowledged(listSize: next[.maxHeaderListSize])
        events.append(.settingsAcknowledged(H2Event.SettingsAcknowledged(changes: changes)))
    }

    /// Applies an acknowledged MAX_HEADER_LIST_SIZE as a limit, unless it is the default value.
    mutating func applyAcknowledged(listSize: UInt32?) {
        guard !hasDefaultListSizePending else { return hasDefaultListSizePending = false }
        guard let listSize else { return }
        bounds.announce(Int(listSize), isAcknowledged: true)
        session.headerListLimit = bounds[.headerListSize]
    }
}
