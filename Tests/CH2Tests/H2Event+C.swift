// SPDX-License-Identifier: MIT

import CH2
import H2

/// Converts events of C to events of Swift, so that tests can compare them.
extension H2Event {
    /// Creates an event while the pointers of `event` are valid; `nil` for an unknown type.
    init?(_ event: h2_event) {
        let id = H2StreamID(event.stream_id)
        switch UInt32(bitPattern: event.type) {
        case H2_EVENT_REQUEST_RECEIVED.rawValue:
            let (headers, ends, priority) = Self.section(event.headers)
            self = .requestReceived(
                .init(streamID: id, headers: headers, endsStream: ends, priority: priority))
        case H2_EVENT_RESPONSE_RECEIVED.rawValue:
            let (headers, ends, priority) = Self.section(event.headers)
            self = .responseReceived(
                .init(streamID: id, headers: headers, endsStream: ends, priority: priority))
        case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED.rawValue:
            let (headers, _, priority) = Self.section(event.headers)
            self = .informationalResponseReceived(
                .init(streamID: id, headers: headers, priority: priority))
        case H2_EVENT_TRAILERS_RECEIVED.rawValue:
            let (headers, ends, priority) = Self.section(event.headers)
            guard ends else { return nil }
            self = .trailersReceived(.init(streamID: id, headers: headers, priority: priority))
        case H2_EVENT_PUSHED_STREAM_RECEIVED.rawValue:
            let (headers, _, _) = Self.section(event.headers)
            self = .pushedStreamReceived(
                .init(
                    pushedStreamID: H2StreamID(event.headers.pushed_stream_id),
                    parentStreamID: id, headers: headers))
        case H2_EVENT_DATA_RECEIVED.rawValue:
            let data = event.data
            self = .dataReceived(
                .init(
                    streamID: id, data: Self.bytes(data.bytes, data.count),
                    flowControlledLength: data.flow_controlled_length,
                    endsStream: data.ends_stream == 1))
        case H2_EVENT_STREAM_ENDED.rawValue:
            self = .streamEnded(.init(streamID: id))
        case H2_EVENT_STREAM_RESET.rawValue:
            let reset = event.reset
            self = .streamReset(
                .init(
                    streamID: id, errorCode: H2ErrorCode(rawValue: reset.error_code),
                    isRemote: reset.is_remote == 1, isSafeToRetry: reset.is_safe_to_retry == 1))
        default:
            self.init(onConnection: event)
        }
    }

    private init?(onConnection event: h2_event) {
        let id = H2StreamID(event.stream_id)
        switch UInt32(bitPattern: event.type) {
        case H2_EVENT_WINDOW_UPDATED.rawValue:
            self = .windowUpdated(.init(streamID: id, delta: Int(event.window.delta)))
        case H2_EVENT_REMOTE_SETTINGS_CHANGED.rawValue:
            self = .remoteSettingsChanged(.init(changes: Self.changes(event.settings)))
        case H2_EVENT_SETTINGS_ACKNOWLEDGED.rawValue:
            self = .settingsAcknowledged(.init(changes: Self.changes(event.settings)))
        case H2_EVENT_PING_RECEIVED.rawValue:
            self = .pingReceived(.init(data: Self.pingData(event.ping)))
        case H2_EVENT_PING_ACK_RECEIVED.rawValue:
            self = .pingAckReceived(.init(data: Self.pingData(event.ping)))
        case H2_EVENT_PRIORITY_UPDATED.rawValue:
            self = .priorityUpdated(
                .init(streamID: id, priority: Self.priority(event.priority)))
        case H2_EVENT_CONNECTION_TERMINATED.rawValue:
            let end = event.terminated
            self = .connectionTerminated(
                .init(
                    errorCode: H2ErrorCode(rawValue: end.error_code),
                    lastStreamID: H2StreamID(end.last_stream_id),
                    additionalData: Self.bytes(
                        end.additional_data, end.additional_data_length)))
        case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE.rawValue:
            let service = event.alternative_service
            self = .alternativeServiceAvailable(
                .init(
                    origin: Self.bytes(service.origin, service.origin_length),
                    fieldValue: Self.bytes(
                        service.field_value, service.field_value_length)))
        case H2_EVENT_UNKNOWN_FRAME_RECEIVED.rawValue:
            let frame = event.unknown_frame
            self = .unknownFrameReceived(
                .init(
                    type: frame.type, flags: frame.flags, streamID: id,
                    payload: Self.bytes(frame.payload, frame.payload_length)))
        default:
            self.init(onlyWhenConfigured: event)
        }
    }

    private init?(onlyWhenConfigured event: h2_event) {
        let id = H2StreamID(event.stream_id)
        switch UInt32(bitPattern: event.type) {
        case H2_EVENT_STREAM_CLOSED.rawValue:
            guard let outcome = Self.outcome(event.closed) else { return nil }
            self = .streamClosed(
                .init(
                    streamID: id, outcome: outcome,
                    unsentByteCount: event.closed.unsent_byte_count))
        case H2_EVENT_SEND_WINDOWS_OPENED.rawValue:
            let opened = event.windows_opened
            let ids = UnsafeBufferPointer(start: opened.stream_ids, count: opened.stream_count)
            self = .sendWindowsOpened(.init(streamIDs: ids.map { H2StreamID($0) }))
        case H2_EVENT_SEND_QUEUE_DRAINED.rawValue:
            self = .sendQueueDrained(
                .init(streamID: id, queuedByteCount: event.drained.queued_byte_count))
        case H2_EVENT_PRIORITY_UPDATE_RECEIVED.rawValue:
            let priority = event.extensible_priority
            self = .priorityUpdateReceived(
                .init(
                    streamID: id,
                    priority: H2ExtensiblePriority(
                        urgency: Int(priority.urgency),
                        isIncremental: priority.is_incremental == 1)))
        case H2_EVENT_DEADLINE_EXPIRED.rawValue:
            guard let deadline = H2Deadline(c: event.expired.deadline) else { return nil }
            self = .deadlineExpired(
                .init(deadline: deadline, streamID: id == .connection ? nil : id))
        case H2_EVENT_CONNECTION_DRAINED.rawValue:
            self = .connectionDrained
        default:
            return nil
        }
    }

    private static func outcome(_ event: h2_closed_event) -> H2StreamOutcome? {
        let outcome: H2StreamOutcome
        switch UInt32(bitPattern: event.outcome) {
        case H2_OUTCOME_COMPLETED.rawValue: outcome = .completed
        case H2_OUTCOME_RESET.rawValue:
            outcome = .reset(
                H2ErrorCode(rawValue: event.error_code), isRemote: event.is_remote == 1)
        case H2_OUTCOME_NOT_PROCESSED.rawValue: outcome = .notProcessed
        case H2_OUTCOME_CUT_OFF.rawValue: outcome = .cutOff
        default: return nil
        }
        return outcome.isSafeToRetry == (event.is_safe_to_retry == 1) ? outcome : nil
    }

    private static func section(_ event: h2_headers_event) -> (H2Headers, Bool, H2Priority?) {
        var headers = H2Headers()
        for index in 0..<(event.header_count) {
            guard let field = event.headers?[index] else { break }
            headers.append(
                name: bytes(field.name, field.name_length),
                value: bytes(field.value, field.value_length),
                indexing: field.flags == H2_HEADER_NEVER_INDEXED.rawValue
                    ? .never : .automatic)
        }
        let priority =
            event.has_priority == 1 ? Self.priority(event.priority) : nil
        return (headers, event.ends_stream == 1, priority)
    }

    private static func priority(_ priority: h2_priority) -> H2Priority {
        H2Priority(
            weight: Int(priority.weight), dependsOn: H2StreamID(priority.depends_on),
            isExclusive: priority.is_exclusive == 1)
    }

    private static func changes(_ event: h2_settings_event) -> [H2SettingChange] {
        (0..<(event.change_count)).compactMap { index in
            event.changes.map { changes in
                let change = changes[index]
                return H2SettingChange(
                    H2Settings.Identifier(rawValue: UInt16(change.identifier)),
                    from: change.has_old_value == 1 ? change.old_value : nil,
                    to: change.new_value)
            }
        }
    }

    private static func pingData(_ event: h2_ping_event) -> H2PingData {
        let b = event.opaque_data
        return H2PingData(b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7)
    }

    private static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> H2Bytes {
        H2Bytes(Array(UnsafeBufferPointer(start: start, count: count)))
    }

    private static func bytes(_ start: UnsafePointer<CChar>?, _ count: Int) -> H2Bytes {
        H2Bytes(
            UnsafeBufferPointer(start: start, count: count).map {
                UInt8(bitPattern: $0)
            })
    }
}

extension H2Deadline {
    /// Creates the deadline of a constant of `h2_deadline`; `nil` for `H2_DEADLINE_NONE` and any
    /// other number.
    init?(c number: Int32) {
        let constants =
            [
                H2_DEADLINE_FIRST_SETTINGS: .firstSettings,
                H2_DEADLINE_SETTINGS_ACKNOWLEDGEMENT: .settingsAcknowledgement,
                H2_DEADLINE_FIELD_BLOCK: .fieldBlock, H2_DEADLINE_IDLE: .idle,
                H2_DEADLINE_KEEPALIVE: .keepalive, H2_DEADLINE_STREAM_INACTIVITY: .streamInactivity,
                H2_DEADLINE_DRAIN_RATE: .drainRate, H2_DEADLINE_OUTPUT: .output,
                H2_DEADLINE_SHUTDOWN: .shutdown, H2_DEADLINE_MAXIMUM_AGE: .maximumAge,
            ] as KeyValuePairs<h2_deadline, H2Deadline>
        guard let deadline = constants.first(where: { Int32($0.key.rawValue) == number })?.value
        else { return nil }
        self = deadline
    }
}
