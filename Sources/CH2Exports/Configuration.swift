// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_config_init(
    _ config: UnsafeMutablePointer<h2_config>?, _ size: Int, _ role: Int32
) -> Int32 {
    guard let config = unsafe config,
        VersionedStruct.isPossible(size, firstSize: VersionedStruct.firstConfigSize),
        let role = H2Configuration.Role(role)
    else { return CConstants.invalidArgument }
    unsafe VersionedStruct.write(h2_config(H2Configuration(role)), size: size, to: config)
    return CConstants.ok
}

@c @implementation
public func h2_connection_new(
    _ config: UnsafePointer<h2_config>?,
    _ connection: UnsafeMutablePointer<OpaquePointer?>?
) -> Int32 {
    guard let connection = unsafe connection else { return CConstants.invalidArgument }
    unsafe connection.pointee = nil
    guard let config = unsafe config, let configuration = try? unsafe H2Configuration(config)
    else { return CConstants.invalidArgument }
    unsafe connection.pointee = OpaquePointer(
        Unmanaged.passRetained(Handle(configuration)).toOpaque())
    return CConstants.ok
}

@c @implementation
public func h2_connection_free(_ connection: OpaquePointer?) {
    guard let connection = unsafe connection else { return }
    unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection)).release()
}

@c @implementation
public func h2_connection_configuration(
    _ connection: OpaquePointer?, _ config: UnsafeMutablePointer<h2_config>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let config = try unsafe needed(config)
        let size = try unsafe VersionedStruct.size(
            of: config, firstSize: VersionedStruct.firstConfigSize)
        let configuration = handle.connection.configuration
        var result = unsafe h2_config(configuration)
        let entries = configuration.initialSettings.entries
        if !entries.isEmpty {
            let settings = unsafe handle.initialSettings.reserve(entries.count)
            unsafe write(entries, to: settings, capacity: entries.count)
            unsafe result.initial_settings = UnsafePointer(settings)
            unsafe result.initial_setting_count = entries.count
        }
        if let limits = unsafe handle.limits.reserve(1) {
            unsafe VersionedStruct.write(
                h2_limits(configuration.limits), size: MemoryLayout<h2_limits>.size, to: limits)
            unsafe result.limits = UnsafePointer(limits)
        }
        if let deadlines = unsafe handle.deadlines.reserve(1) {
            unsafe VersionedStruct.write(
                h2_deadlines(configuration.deadlines), size: MemoryLayout<h2_deadlines>.size,
                to: deadlines)
            unsafe result.deadlines = UnsafePointer(deadlines)
        }
        if case .automatic(let sizes) = configuration.flowControl,
            let flowControl = unsafe handle.flowControl.reserve(1)
        {
            unsafe VersionedStruct.write(
                h2_flow_control(sizes), size: MemoryLayout<h2_flow_control>.size, to: flowControl)
            unsafe result.flow_control = UnsafePointer(flowControl)
        }
        unsafe VersionedStruct.write(result, size: size, to: config)
    }
}

extension h2_config {
    /// Creates a configuration without the arrays and structures that its members point to.
    fileprivate init(_ configuration: H2Configuration) {
        unsafe self.init()
        func number(_ value: UInt32) -> Int32 { Int32(bitPattern: value) }
        let role =
            switch configuration.role {
            case .client: H2_CLIENT
            case .server: H2_SERVER
            }
        unsafe self.role = number(role.rawValue)
        let goAway =
            switch configuration.goAway {
            case .finishStreams: H2_GO_AWAY_FINISH_STREAMS
            case .closeAtOnce: H2_GO_AWAY_CLOSE_AT_ONCE
            }
        unsafe go_away = number(goAway.rawValue)
        let malformed =
            switch configuration.malformedMessages {
            case .connectionError: H2_MALFORMED_CONNECTION_ERROR
            case .resetStream: H2_MALFORMED_RESET_STREAM
            }
        unsafe malformed_messages = number(malformed.rawValue)
        let excess =
            switch configuration.excess {
            case .connectionError: H2_EXCESS_CONNECTION_ERROR
            case .resetStream: H2_EXCESS_RESET_STREAM
            }
        unsafe self.excess = number(excess.rawValue)
        let window = configuration.connectionWindowSize
        unsafe connection_window_size =
            window == H2Configuration.client.connectionWindowSize ? 0 : Int32(clamping: window)
        unsafe validate_outbound_headers = configuration.validateOutboundHeaders ? 1 : 0
        unsafe normalize_outbound_headers = configuration.normalizeOutboundHeaders ? 1 : 0
        unsafe split_outbound_cookies = configuration.splitOutboundCookies ? 1 : 0
        unsafe validate_inbound_headers = configuration.validateInboundHeaders ? 1 : 0
        unsafe normalize_inbound_headers = configuration.normalizeInboundHeaders ? 1 : 0
        let late =
            switch configuration.lateCalls {
            case .throws: H2_LATE_CALLS_FAIL
            case .ignored: H2_LATE_CALLS_IGNORED
            }
        unsafe late_calls = number(late.rawValue)
        let scheme =
            switch configuration.priorities {
            case .none: H2_PRIORITIES_NONE
            case .extensible: H2_PRIORITIES_EXTENSIBLE
            }
        unsafe priorities = number(scheme.rawValue)
        unsafe reports_stream_outcomes = configuration.reportsStreamOutcomes ? 1 : 0
        unsafe sends_client_go_away = configuration.sendsClientGoAway ? 1 : 0
        unsafe send_queue_high_water_mark = configuration.sendQueueHighWaterMark
        unsafe send_queue_low_water_mark = configuration.sendQueueLowWaterMark
    }
}

extension H2Configuration {
    /// Creates a configuration from the C structure.
    fileprivate init(_ pointer: UnsafePointer<h2_config>) throws(H2Error) {
        // Read the role first: every version of the header has it, and the defaults of later
        // members may depend on it.
        _ = try unsafe VersionedStruct.size(of: pointer, firstSize: VersionedStruct.firstConfigSize)
        guard let role = unsafe Role(pointer.pointee.role) else { throw .misuse("unknown h2_role") }
        self.init(role)
        let config = try unsafe VersionedStruct.read(
            pointer, firstSize: VersionedStruct.firstConfigSize, defaults: h2_config(self))
        switch unsafe UInt32(bitPattern: config.go_away) {
        case H2_GO_AWAY_FINISH_STREAMS.rawValue: goAway = .finishStreams
        case H2_GO_AWAY_CLOSE_AT_ONCE.rawValue: goAway = .closeAtOnce
        default: throw .misuse("unknown GOAWAY policy")
        }
        switch unsafe UInt32(bitPattern: config.malformed_messages) {
        case H2_MALFORMED_CONNECTION_ERROR.rawValue: malformedMessages = .connectionError
        case H2_MALFORMED_RESET_STREAM.rawValue: malformedMessages = .resetStream
        default: throw .misuse("unknown policy for malformed messages")
        }
        switch unsafe UInt32(bitPattern: config.excess) {
        case H2_EXCESS_CONNECTION_ERROR.rawValue: excess = .connectionError
        case H2_EXCESS_RESET_STREAM.rawValue: excess = .resetStream
        default: throw .misuse("unknown excess policy")
        }
        switch unsafe UInt32(bitPattern: config.late_calls) {
        case H2_LATE_CALLS_FAIL.rawValue: lateCalls = .throws
        case H2_LATE_CALLS_IGNORED.rawValue: lateCalls = .ignored
        default: throw .misuse("unknown policy for late calls")
        }
        switch unsafe UInt32(bitPattern: config.priorities) {
        case H2_PRIORITIES_NONE.rawValue: priorities = .none
        case H2_PRIORITIES_EXTENSIBLE.rawValue: priorities = .extensible
        default: throw .misuse("unknown priority scheme")
        }
        let window = unsafe Int(config.connection_window_size)
        if window != 0 { connectionWindowSize = window }
        initialSettings = try unsafe H2Settings(
            config.initial_settings, config.initial_setting_count)
        if let limits = unsafe config.limits { self.limits = try unsafe H2Limits(limits) }
        if let deadlines = unsafe config.deadlines {
            self.deadlines = try unsafe H2Deadlines(deadlines)
        }
        if let flowControl = unsafe config.flow_control {
            self.flowControl = .automatic(try unsafe H2FlowControl.Automatic(flowControl))
        }
        sendQueueHighWaterMark = unsafe config.send_queue_high_water_mark
        sendQueueLowWaterMark = unsafe config.send_queue_low_water_mark
        guard sendQueueHighWaterMark >= 0, sendQueueLowWaterMark >= 0 else {
            throw .misuse("send queue water mark exceeds PTRDIFF_MAX")
        }
        reportsStreamOutcomes = unsafe config.reports_stream_outcomes != 0
        sendsClientGoAway = unsafe config.sends_client_go_away != 0
        validateOutboundHeaders = unsafe config.validate_outbound_headers != 0
        normalizeOutboundHeaders = unsafe config.normalize_outbound_headers != 0
        splitOutboundCookies = unsafe config.split_outbound_cookies != 0
        validateInboundHeaders = unsafe config.validate_inbound_headers != 0
        normalizeInboundHeaders = unsafe config.normalize_inbound_headers != 0
    }
}

extension H2Configuration.Role {
    /// Creates a role from a constant of `h2_role`; `nil` for any other number.
    fileprivate init?(_ number: Int32) {
        switch UInt32(bitPattern: number) {
        case H2_CLIENT.rawValue: self = .client
        case H2_SERVER.rawValue: self = .server
        default: return nil
        }
    }
}
