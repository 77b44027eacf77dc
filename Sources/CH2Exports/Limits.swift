// SPDX-License-Identifier: MIT

public import CH2
package import H2

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
    package init(_ limits: H2Limits) {
        self.init()
        // `Int.max` becomes H2_UNLIMITED.
        for limit in FrequencyLimit.allCases {
            let budget = limits[limit]
            access(limit) {
                $0.allowance = Int64(budget.allowance)
                $0.per_second = Int64(budget.perSecond)
            }
        }
        for limit in SizeLimit.allCases { access(limit) { $0 = Int64(limits[limit] ?? .max) } }
        closed_streams = Int64(limits.closedStreams)
    }

    package mutating func access<R>(
        _ limit: FrequencyLimit, _ body: (inout h2_budget) -> R
    ) -> R {
        switch limit {
        case .peerResets: body(&peer_resets)
        case .provokedResets: body(&provoked_resets)
        case .controlFrames: body(&control_frames)
        case .windowUpdates: body(&window_updates)
        case .emptyData: body(&empty_data)
        case .smallData: body(&small_data)
        }
    }

    package mutating func access<R>(_ limit: SizeLimit, _ body: (inout Int64) -> R) -> R {
        switch limit {
        case .headerFields: body(&header_fields)
        case .headerListSize: body(&header_list_size)
        case .continuationFrames: body(&continuation_frames)
        case .headerBlockSize: body(&header_block_size)
        case .settingsPerFrame: body(&settings_per_frame)
        case .reservedStreams: body(&reserved_streams)
        case .unacknowledgedSettings: body(&unacknowledged_settings)
        case .peerOutput: body(&peer_output)
        case .memory: body(&memory)
        }
    }
}

extension H2Limits {
    /// Creates limits from the C structure.
    init(_ pointer: UnsafePointer<h2_limits>) throws(H2Error) {
        self.init()
        var limits = try unsafe VersionedStruct.read(
            pointer, firstSize: VersionedStruct.firstLimitsSize, defaults: h2_limits(self))
        for limit in FrequencyLimit.allCases {
            self[limit] = try Budget(limits.access(limit) { $0 })
        }
        for limit in SizeLimit.allCases {
            self[limit] = try Self.bound(limits.access(limit) { $0 })
        }
        closedStreams = try Self.bound(limits.closed_streams) ?? .max
    }

    fileprivate static func bound(_ value: Int64) throws(H2Error) -> Int? {
        guard value >= 0 else { throw .misuse("limit is negative") }
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
    package init(_ usage: H2LimitUsage) {
        self.init()
        for limit in FrequencyLimit.allCases {
            let count = usage[limit]
            // `Int.max` becomes H2_UNLIMITED.
            set(
                limit, h2_usage_count(used: Int64(count.used), total: Int64(count.total)),
                h2_usage_peak(
                    most_used: Int64(count.mostUsed), allowance: Int64(count.allowance)))
        }
        for limit in SizeLimit.allCases {
            set(limit, Int64(usage[limit].value), most: Int64(usage[limit].largest))
        }
    }

    private mutating func set(
        _ limit: FrequencyLimit, _ count: h2_usage_count, _ peak: h2_usage_peak
    ) {
        switch limit {
        case .peerResets: (peer_resets, peer_resets_peak) = (count, peak)
        case .provokedResets: (provoked_resets, provoked_resets_peak) = (count, peak)
        case .controlFrames: (control_frames, control_frames_peak) = (count, peak)
        case .windowUpdates: (window_updates, window_updates_peak) = (count, peak)
        case .emptyData: (empty_data, empty_data_peak) = (count, peak)
        case .smallData: (small_data, small_data_peak) = (count, peak)
        }
    }

    private mutating func set(_ limit: SizeLimit, _ value: Int64, most: Int64) {
        switch limit {
        case .headerFields: header_fields = value
        case .headerListSize: header_list_size = value
        case .continuationFrames: continuation_frames = value
        case .headerBlockSize: header_block_size = value
        case .settingsPerFrame: settings_per_frame = value
        case .reservedStreams: (reserved_streams, most_reserved_streams) = (value, most)
        case .unacknowledgedSettings:
            (unacknowledged_settings, most_unacknowledged_settings) = (value, most)
        case .peerOutput: (peer_output, most_peer_output) = (value, most)
        case .memory: (memory, most_memory) = (value, most)
        }
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
