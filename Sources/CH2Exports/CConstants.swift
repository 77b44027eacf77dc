// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// Converts values of H2 to constants of the header.
enum CConstants {
    static let ok = H2_OK.rawValue
    static let invalidArgument = H2_ERR_INVALID_ARGUMENT.rawValue
    static let eventsPending = H2_ERR_EVENTS_PENDING.rawValue

    static func code(of kind: H2Error.Kind) -> Int32 {
        let result =
            switch kind {
            case .protocolViolation: H2_ERR_PROTOCOL_VIOLATION
            case .frameTooLarge: H2_ERR_FRAME_TOO_LARGE
            case .frameDataMissing: H2_ERR_FRAME_DATA_MISSING
            case .tooManyStreams: H2_ERR_TOO_MANY_STREAMS
            case .flowControl: H2_ERR_FLOW_CONTROL
            case .streamIDTooLow: H2_ERR_STREAM_ID_TOO_LOW
            case .noAvailableStreamID: H2_ERR_NO_AVAILABLE_STREAM_ID
            case .noSuchStream: H2_ERR_NO_SUCH_STREAM
            case .streamClosed: H2_ERR_STREAM_CLOSED
            case .invalidSettingsValue: H2_ERR_INVALID_SETTINGS_VALUE
            case .invalidBodyLength: H2_ERR_INVALID_BODY_LENGTH
            case .notPermitted: H2_ERR_NOT_PERMITTED
            case .denialOfService: H2_ERR_DENIAL_OF_SERVICE
            case .invalidArgument: H2_ERR_INVALID_ARGUMENT
            case .notInitiated: H2_ERR_NOT_INITIATED
            case .connectionClosed: H2_ERR_CONNECTION_CLOSED
            case .goingAway: H2_ERR_GOING_AWAY
            case .deadlineExpired: H2_ERR_DEADLINE_EXPIRED
            case .internalError: H2_ERR_INTERNAL
            }
        return result.rawValue
    }

    static func origin(_ origin: H2Error.Origin) -> Int32 {
        let number =
            switch origin {
            case .local: H2_ORIGIN_LOCAL
            case .remote: H2_ORIGIN_REMOTE
            }
        return Int32(bitPattern: number.rawValue)
    }

    static func limit(_ limit: H2Limit?) -> Int32 {
        let number =
            switch limit {
            case nil: H2_LIMIT_NONE
            case .peerResets: H2_LIMIT_PEER_RESETS
            case .provokedResets: H2_LIMIT_PROVOKED_RESETS
            case .controlFrames: H2_LIMIT_CONTROL_FRAMES
            case .windowUpdates: H2_LIMIT_WINDOW_UPDATES
            case .emptyData: H2_LIMIT_EMPTY_DATA
            case .smallData: H2_LIMIT_SMALL_DATA
            case .headerFields: H2_LIMIT_HEADER_FIELDS
            case .headerListSize: H2_LIMIT_HEADER_LIST_SIZE
            case .continuationFrames: H2_LIMIT_CONTINUATION_FRAMES
            case .headerBlockSize: H2_LIMIT_HEADER_BLOCK_SIZE
            case .settingsPerFrame: H2_LIMIT_SETTINGS_PER_FRAME
            case .unacknowledgedSettings: H2_LIMIT_UNACKNOWLEDGED_SETTINGS
            case .peerOutput: H2_LIMIT_PEER_OUTPUT
            case .memory: H2_LIMIT_MEMORY
            }
        return Int32(bitPattern: number.rawValue)
    }

    static func deadline(_ deadline: H2Deadline?) -> Int32 {
        let number =
            switch deadline {
            case nil: H2_DEADLINE_NONE
            case .firstSettings: H2_DEADLINE_FIRST_SETTINGS
            case .settingsAcknowledgement: H2_DEADLINE_SETTINGS_ACKNOWLEDGEMENT
            case .fieldBlock: H2_DEADLINE_FIELD_BLOCK
            case .idle: H2_DEADLINE_IDLE
            case .keepalive: H2_DEADLINE_KEEPALIVE
            case .streamInactivity: H2_DEADLINE_STREAM_INACTIVITY
            case .drainRate: H2_DEADLINE_DRAIN_RATE
            case .output: H2_DEADLINE_OUTPUT
            case .shutdown: H2_DEADLINE_SHUTDOWN
            case .maximumAge: H2_DEADLINE_MAXIMUM_AGE
            }
        return Int32(bitPattern: number.rawValue)
    }

    static func outcome(_ outcome: H2StreamOutcome) -> Int32 {
        let number =
            switch outcome {
            case .completed: H2_OUTCOME_COMPLETED
            case .reset: H2_OUTCOME_RESET
            case .notProcessed: H2_OUTCOME_NOT_PROCESSED
            case .cutOff: H2_OUTCOME_CUT_OFF
            }
        return Int32(bitPattern: number.rawValue)
    }

    static func state(_ state: H2Connection.State) -> Int32 {
        let number =
            switch state {
            case .idle: H2_STATE_IDLE
            case .open: H2_STATE_OPEN
            case .closed: H2_STATE_CLOSED
            }
        return Int32(bitPattern: number.rawValue)
    }

    /// Returns the name of a result in the header; `nil` for an unknown number.
    static func name(of code: Int32) -> StaticString? {
        switch code {
        case H2_OK.rawValue: "H2_OK"
        case H2_ERR_PROTOCOL_VIOLATION.rawValue: "H2_ERR_PROTOCOL_VIOLATION"
        case H2_ERR_FRAME_TOO_LARGE.rawValue: "H2_ERR_FRAME_TOO_LARGE"
        case H2_ERR_FRAME_DATA_MISSING.rawValue: "H2_ERR_FRAME_DATA_MISSING"
        case H2_ERR_TOO_MANY_STREAMS.rawValue: "H2_ERR_TOO_MANY_STREAMS"
        case H2_ERR_FLOW_CONTROL.rawValue: "H2_ERR_FLOW_CONTROL"
        case H2_ERR_STREAM_ID_TOO_LOW.rawValue: "H2_ERR_STREAM_ID_TOO_LOW"
        case H2_ERR_NO_AVAILABLE_STREAM_ID.rawValue: "H2_ERR_NO_AVAILABLE_STREAM_ID"
        case H2_ERR_NO_SUCH_STREAM.rawValue: "H2_ERR_NO_SUCH_STREAM"
        case H2_ERR_STREAM_CLOSED.rawValue: "H2_ERR_STREAM_CLOSED"
        case H2_ERR_INVALID_SETTINGS_VALUE.rawValue: "H2_ERR_INVALID_SETTINGS_VALUE"
        case H2_ERR_INVALID_BODY_LENGTH.rawValue: "H2_ERR_INVALID_BODY_LENGTH"
        case H2_ERR_NOT_PERMITTED.rawValue: "H2_ERR_NOT_PERMITTED"
        case H2_ERR_DENIAL_OF_SERVICE.rawValue: "H2_ERR_DENIAL_OF_SERVICE"
        case H2_ERR_INVALID_ARGUMENT.rawValue: "H2_ERR_INVALID_ARGUMENT"
        case H2_ERR_NOT_INITIATED.rawValue: "H2_ERR_NOT_INITIATED"
        case H2_ERR_INTERNAL.rawValue: "H2_ERR_INTERNAL"
        case H2_ERR_EVENTS_PENDING.rawValue: "H2_ERR_EVENTS_PENDING"
        case H2_ERR_CONNECTION_CLOSED.rawValue: "H2_ERR_CONNECTION_CLOSED"
        case H2_ERR_GOING_AWAY.rawValue: "H2_ERR_GOING_AWAY"
        case H2_ERR_DEADLINE_EXPIRED.rawValue: "H2_ERR_DEADLINE_EXPIRED"
        default: nil
        }
    }
}
