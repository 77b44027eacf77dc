// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_limits_init(_ limits: UnsafeMutablePointer<h2_limits>?, _ size: Int) -> Int32 {
    guard let limits = unsafe limits,
        VersionedStruct.isPossible(size, firstSize: VersionedStruct.firstLimitsSize)
    else { return CConstants.invalidArgument }
    unsafe VersionedStruct.write(h2_limits(H2Limits()), size: size, to: limits)
    return CConstants.ok
}

@c @implementation
public func h2_connection_usage(
    _ connection: OpaquePointer?, _ usage: UnsafeMutablePointer<h2_usage>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let usage = try unsafe needed(usage)
        let size = try unsafe VersionedStruct.size(
            of: usage, firstSize: VersionedStruct.firstUsageSize)
        unsafe VersionedStruct.write(h2_usage(handle.connection.usage), size: size, to: usage)
    }
}

@c @implementation
public func h2_connection_memory(
    _ connection: OpaquePointer?, _ memory: UnsafeMutablePointer<h2_memory>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let memory = try unsafe needed(memory)
        let size = try unsafe VersionedStruct.size(
            of: memory, firstSize: VersionedStruct.firstMemorySize)
        unsafe VersionedStruct.write(h2_memory(handle.connection.memory), size: size, to: memory)
    }
}

extension h2_limits {
    init(_ limits: H2Limits) {
        // Int.max is H2_UNLIMITED.
        func budget(_ budget: H2Limits.Budget) -> h2_budget {
            h2_budget(allowance: Int64(budget.allowance), per_second: Int64(budget.perSecond))
        }
        func bound(_ bound: Int?) -> Int64 { Int64(bound ?? .max) }
        self.init(
            size: 0, peer_resets: budget(limits.peerResets),
            provoked_resets: budget(limits.provokedResets),
            control_frames: budget(limits.controlFrames),
            window_updates: budget(limits.windowUpdates), empty_data: budget(limits.emptyData),
            small_data: budget(limits.smallData), header_fields: bound(limits.headerFields),
            header_list_size: bound(limits.headerListSize),
            continuation_frames: bound(limits.continuationFrames),
            header_block_size: bound(limits.headerBlockSize),
            settings_per_frame: bound(limits.settingsPerFrame),
            reserved_streams: bound(limits.reservedStreams),
            closed_streams: bound(limits.closedStreams),
            unacknowledged_settings: bound(limits.unacknowledgedSettings),
            peer_output: bound(limits.peerOutput), memory: bound(limits.memory))
    }
}

extension H2Limits {
    /// Reads limits.
    init(_ pointer: UnsafePointer<h2_limits>) throws(H2Error) {
        self.init()
        let limits = try unsafe VersionedStruct.read(
            pointer, firstSize: VersionedStruct.firstLimitsSize, defaults: h2_limits(self))
        peerResets = try Budget(limits.peer_resets)
        provokedResets = try Budget(limits.provoked_resets)
        controlFrames = try Budget(limits.control_frames)
        windowUpdates = try Budget(limits.window_updates)
        emptyData = try Budget(limits.empty_data)
        smallData = try Budget(limits.small_data)
        headerFields = try Self.bound(limits.header_fields)
        headerListSize = try Self.bound(limits.header_list_size)
        continuationFrames = try Self.bound(limits.continuation_frames)
        headerBlockSize = try Self.bound(limits.header_block_size)
        settingsPerFrame = try Self.bound(limits.settings_per_frame)
        reservedStreams = try Self.bound(limits.reserved_streams)
        closedStreams = try Self.bound(limits.closed_streams) ?? .max
        unacknowledgedSettings = try Self.bound(limits.unacknowledged_settings)
        peerOutput = try Self.bound(limits.peer_output)
        memory = try Self.bound(limits.memory)
    }

    fileprivate static func bound(_ value: Int64) throws(H2Error) -> Int? {
        guard value >= 0 else { throw .misuse("a limit is below 0") }
        return value == .max ? nil : Int(clamping: value)
    }
}

extension H2Limits.Budget {
    fileprivate init(_ budget: h2_budget) throws(H2Error) {
        self.init(
            try H2Limits.bound(budget.allowance) ?? .max,
            perSecond: try H2Limits.bound(budget.per_second) ?? .max)
    }
}

extension h2_usage {
    fileprivate init(_ usage: H2LimitUsage) {
        func count(_ count: H2LimitUsage.Count) -> h2_usage_count {
            h2_usage_count(used: Int64(count.used), total: Int64(count.total))
        }
        // Int.max is H2_UNLIMITED.
        func peak(_ count: H2LimitUsage.Count) -> h2_usage_peak {
            h2_usage_peak(most_used: Int64(count.mostUsed), allowance: Int64(count.allowance))
        }
        self.init(
            size: 0, peer_resets: count(usage.peerResets),
            provoked_resets: count(usage.provokedResets),
            control_frames: count(usage.controlFrames),
            window_updates: count(usage.windowUpdates), empty_data: count(usage.emptyData),
            small_data: count(usage.smallData), header_fields: Int64(usage.headerFields),
            header_list_size: Int64(usage.headerListSize),
            continuation_frames: Int64(usage.continuationFrames),
            header_block_size: Int64(usage.headerBlockSize),
            settings_per_frame: Int64(usage.settingsPerFrame),
            reserved_streams: Int64(usage.reservedStreams),
            unacknowledged_settings: Int64(usage.unacknowledgedSettings),
            peer_output: Int64(usage.peerOutput), memory: Int64(usage.memory),
            peer_resets_peak: peak(usage.peerResets),
            provoked_resets_peak: peak(usage.provokedResets),
            control_frames_peak: peak(usage.controlFrames),
            window_updates_peak: peak(usage.windowUpdates),
            empty_data_peak: peak(usage.emptyData), small_data_peak: peak(usage.smallData),
            most_reserved_streams: Int64(usage.mostReservedStreams),
            most_unacknowledged_settings: Int64(usage.mostUnacknowledgedSettings),
            most_peer_output: Int64(usage.mostPeerOutput), most_memory: Int64(usage.mostMemory))
    }
}

extension h2_memory {
    fileprivate init(_ memory: H2Memory) {
        self.init(
            size: 0, streams: Int64(memory.streams), headers: Int64(memory.headers),
            input: Int64(memory.input), output: Int64(memory.output),
            engine: Int64(memory.engine), spare: Int64(memory.spare))
    }
}
