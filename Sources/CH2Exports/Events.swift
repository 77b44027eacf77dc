// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// Converts events to the structures of the header. Their pointers refer to events that `inbox`
/// keeps, and to arrays of the handle.
extension Handle {
    func fill(_ event: UnsafeMutablePointer<h2_event>, fromEventAt position: Int) {
        unsafe event.initialize(to: h2_event())
        // The most frequent events have a separate switch: one over all cases is slower, because it
        // first extracts every possible payload.
        switch unsafe inbox.events[position] {
        case .requestReceived(let source): unsafe fill(event, source)
        case .responseReceived(let source): unsafe fill(event, source)
        case .dataReceived(let source): unsafe fill(event, source, inbox.takePayload(of: position))
        case .streamEnded(let source): unsafe fill(event, source)
        default: unsafe fillOther(event, fromEventAt: position)
        }
    }

    @inline(never)
    private func fillOther(_ event: UnsafeMutablePointer<h2_event>, fromEventAt position: Int) {
        switch unsafe inbox.events[position] {
        case .requestReceived, .responseReceived, .dataReceived, .streamEnded: break
        case .informationalResponseReceived(let source): unsafe fill(event, source)
        case .trailersReceived(let source): unsafe fill(event, source)
        case .streamReset(let source): unsafe fill(event, source)
        case .windowUpdated(let source): unsafe fill(event, source)
        case .remoteSettingsChanged(let source): unsafe fill(event, source)
        case .settingsAcknowledged(let source): unsafe fill(event, source)
        case .pingReceived(let source): unsafe fill(event, source)
        case .pingAckReceived(let source): unsafe fill(event, source)
        case .pushedStreamReceived(let source): unsafe fill(event, source)
        case .priorityUpdated(let source): unsafe fill(event, source)
        case .connectionTerminated(let source): unsafe fill(event, source)
        case .alternativeServiceAvailable(let source): unsafe fill(event, source)
        case .unknownFrameReceived(let source): unsafe fill(event, source)
        case .streamClosed(let source): unsafe fill(event, source)
        case .sendWindowsOpened(let source): unsafe fill(event, source)
        case .sendQueueDrained(let source): unsafe fill(event, source)
        case .priorityUpdateReceived(let source): unsafe fill(event, source)
        case .deadlineExpired(let source): unsafe fill(event, source)
        case .connectionDrained: unsafe start(event, H2_EVENT_CONNECTION_DRAINED, .connection)
        }
    }

    // MARK: Messages

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.RequestReceived
    ) {
        unsafe start(event, H2_EVENT_REQUEST_RECEIVED, source.streamID)
        unsafe fill(event, source.headers, endsStream: source.endsStream, source.priority)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.ResponseReceived
    ) {
        unsafe start(event, H2_EVENT_RESPONSE_RECEIVED, source.streamID)
        unsafe fill(event, source.headers, endsStream: source.endsStream, source.priority)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.InformationalResponseReceived
    ) {
        unsafe start(event, H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED, source.streamID)
        unsafe fill(event, source.headers, endsStream: false, source.priority)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.TrailersReceived
    ) {
        unsafe start(event, H2_EVENT_TRAILERS_RECEIVED, source.streamID)
        unsafe fill(event, source.headers, endsStream: true, source.priority)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.PushedStreamReceived
    ) {
        unsafe start(event, H2_EVENT_PUSHED_STREAM_RECEIVED, source.parentStreamID)
        unsafe fill(event, source.headers, endsStream: false, nil)
        unsafe event.pointee.headers.pushed_stream_id = source.pushedStreamID.rawValue
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.DataReceived,
        _ payload: UnsafeRawBufferPointer?
    ) {
        unsafe start(event, H2_EVENT_DATA_RECEIVED, source.streamID)
        let data = unsafe self.payload(of: event, as: h2_data_event.self)
        if let payload = unsafe payload {
            unsafe data.pointee.bytes = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe data.pointee.count = payload.count
        } else {
            unsafe data.pointee.bytes = unsafe address(of: source.data)
            unsafe data.pointee.count = source.data.count
        }
        unsafe data.pointee.flow_controlled_length = source.flowControlledLength
        unsafe data.pointee.ends_stream = source.endsStream ? 1 : 0
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.StreamEnded) {
        unsafe start(event, H2_EVENT_STREAM_ENDED, source.streamID)
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.StreamReset) {
        unsafe start(event, H2_EVENT_STREAM_RESET, source.streamID)
        unsafe event.pointee.reset.error_code = source.errorCode.rawValue
        unsafe event.pointee.reset.is_remote = source.isRemote ? 1 : 0
        unsafe event.pointee.reset.is_safe_to_retry = source.isSafeToRetry ? 1 : 0
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.StreamClosed) {
        unsafe start(event, H2_EVENT_STREAM_CLOSED, source.streamID)
        unsafe event.pointee.closed.outcome = CConstants.outcome(source.outcome)
        if case .reset(let code, let isRemote) = source.outcome {
            unsafe event.pointee.closed.error_code = code.rawValue
            unsafe event.pointee.closed.is_remote = isRemote ? 1 : 0
        }
        unsafe event.pointee.closed.is_safe_to_retry = source.outcome.isSafeToRetry ? 1 : 0
        unsafe event.pointee.closed.unsent_byte_count = source.unsentByteCount
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.SendQueueDrained
    ) {
        unsafe start(event, H2_EVENT_SEND_QUEUE_DRAINED, source.streamID)
        unsafe event.pointee.drained.queued_byte_count = source.queuedByteCount
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.PriorityUpdateReceived
    ) {
        unsafe start(event, H2_EVENT_PRIORITY_UPDATE_RECEIVED, source.streamID)
        unsafe event.pointee.extensible_priority.urgency = UInt32(
            clamping: source.priority.urgency)
        unsafe event.pointee.extensible_priority.is_incremental =
            source.priority.isIncremental ? 1 : 0
    }

    // MARK: The connection

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.SendWindowsOpened
    ) {
        unsafe start(event, H2_EVENT_SEND_WINDOWS_OPENED, .connection)
        let list = unsafe streamIDs.reserve(source.streamIDs.count)
        for (index, id) in source.streamIDs.enumerated() { unsafe list?[index] = id.rawValue }
        unsafe event.pointee.windows_opened = unsafe h2_windows_opened_event(
            stream_ids: UnsafePointer(list), stream_count: source.streamIDs.count)
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.DeadlineExpired) {
        unsafe start(event, H2_EVENT_DEADLINE_EXPIRED, source.streamID ?? .connection)
        unsafe event.pointee.expired.deadline = CConstants.deadline(source.deadline)
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.WindowUpdated) {
        unsafe start(event, H2_EVENT_WINDOW_UPDATED, source.streamID)
        unsafe event.pointee.window.delta = UInt32(clamping: source.delta)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.RemoteSettingsChanged
    ) {
        unsafe start(event, H2_EVENT_REMOTE_SETTINGS_CHANGED, .connection)
        unsafe event.pointee.settings = unsafe list(source.changes)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.SettingsAcknowledged
    ) {
        unsafe start(event, H2_EVENT_SETTINGS_ACKNOWLEDGED, .connection)
        unsafe event.pointee.settings = unsafe list(source.changes)
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.PingReceived) {
        unsafe start(event, H2_EVENT_PING_RECEIVED, .connection)
        unsafe fill(event, source.data)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.PingAckReceived
    ) {
        unsafe start(event, H2_EVENT_PING_ACK_RECEIVED, .connection)
        unsafe fill(event, source.data)
    }

    private func fill(_ event: UnsafeMutablePointer<h2_event>, _ data: H2PingData) {
        unsafe withUnsafeMutableBytes(of: &event.pointee.ping.opaque_data) {
            unsafe $0.storeBytes(of: data.value.bigEndian, as: UInt64.self)
        }
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.PriorityUpdated
    ) {
        unsafe start(event, H2_EVENT_PRIORITY_UPDATED, source.streamID)
        unsafe event.pointee.priority = h2_priority(source.priority)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.ConnectionTerminated
    ) {
        unsafe start(event, H2_EVENT_CONNECTION_TERMINATED, .connection)
        unsafe event.pointee.terminated = unsafe h2_terminated_event(
            additional_data: address(of: source.additionalData),
            additional_data_length: source.additionalData.count,
            error_code: source.errorCode.rawValue, last_stream_id: source.lastStreamID.rawValue)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.AlternativeServiceAvailable
    ) {
        unsafe start(event, H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE, .connection)
        unsafe event.pointee.alternative_service = unsafe h2_alternative_service_event(
            origin: characters(UnsafeRawPointer(address(of: source.origin))),
            origin_length: source.origin.count,
            field_value: characters(UnsafeRawPointer(address(of: source.fieldValue))),
            field_value_length: source.fieldValue.count)
    }

    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Event.UnknownFrameReceived
    ) {
        unsafe start(event, H2_EVENT_UNKNOWN_FRAME_RECEIVED, source.streamID)
        unsafe event.pointee.unknown_frame.payload = unsafe address(of: source.payload)
        unsafe event.pointee.unknown_frame.payload_length = source.payload.count
        unsafe event.pointee.unknown_frame.type = source.type
        unsafe event.pointee.unknown_frame.flags = source.flags
    }

    // MARK: Parts

    private func start(
        _ event: UnsafeMutablePointer<h2_event>, _ type: h2_event_type, _ id: H2StreamID
    ) {
        unsafe event.pointee.type = Int32(bitPattern: type.rawValue)
        unsafe event.pointee.stream_id = id.rawValue
    }

    /// Fills in the fields of a section, without copying their bytes.
    private func fill(
        _ event: UnsafeMutablePointer<h2_event>, _ source: H2Headers, endsStream: Bool,
        _ priority: H2Priority?
    ) {
        let section = unsafe payload(of: event, as: h2_headers_event.self)
        let count = source.count
        // The inbox keeps the event and thereby the bytes.
        if let list = unsafe headers.reserve(count) {
            unsafe source.list(
                borrowed: UnsafeMutableRawPointer(list)
                    .assumingMemoryBound(to: BorrowedField.self))
            unsafe section.pointee.headers = unsafe UnsafePointer(list)
        }
        unsafe section.pointee.header_count = count
        unsafe section.pointee.ends_stream = endsStream ? 1 : 0
        if let priority {
            unsafe section.pointee.has_priority = 1
            unsafe section.pointee.priority = h2_priority(priority)
        }
    }

    /// Returns the address of the union of an event, which follows `type` and `stream_id`, 8 bytes,
    /// as one of its members.
    @inline(__always)
    private func payload<Member>(
        of event: UnsafeMutablePointer<h2_event>, as type: Member.Type
    ) -> UnsafeMutablePointer<Member> {
        unsafe (UnsafeMutableRawPointer(event) + 8).assumingMemoryBound(to: type)
    }

    private func list(_ source: [H2SettingChange]) -> h2_settings_event {
        let list = unsafe changes.reserve(source.count)
        for (index, change) in source.enumerated() {
            unsafe list?[index] = h2_setting_change(
                identifier: UInt32(change.identifier.rawValue),
                has_old_value: change.oldValue == nil ? 0 : 1, old_value: change.oldValue ?? 0,
                new_value: change.newValue)
        }
        return unsafe h2_settings_event(
            changes: source.isEmpty ? nil : UnsafePointer(list), change_count: source.count)
    }

    /// Returns the address of bytes of an event that the inbox keeps; `nil` if there are none.
    private func address(of bytes: H2Bytes) -> UnsafePointer<UInt8>? {
        // The storage does not move while the event owns it, and nothing mutates it.
        unsafe bytes.withUnsafeBytes {
            unsafe $0.isEmpty ? nil : $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
        }
    }
}

private func characters(_ start: UnsafeRawPointer?) -> UnsafePointer<CChar>? {
    unsafe start?.assumingMemoryBound(to: CChar.self)
}

extension h2_priority {
    fileprivate init(_ priority: H2Priority) {
        self.init(
            depends_on: priority.dependsOn.rawValue, weight: UInt16(clamping: priority.weight),
            is_exclusive: priority.isExclusive ? 1 : 0, reserved: 0)
    }
}
