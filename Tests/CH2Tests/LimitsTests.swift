// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct LimitsTests {
    private static let invalid = H2_ERR_INVALID_ARGUMENT.rawValue
    private static let size = MemoryLayout<h2_limits>.size

    private func defaults() -> h2_limits {
        var limits = h2_limits()
        #expect(h2_limits_init(&limits, Self.size) == 0)
        return limits
    }

    /// Returns a connection with these limits; its `raw` is `nil` if they are refused.
    private func connection(_ role: h2_role, _ limits: h2_limits) -> CConnection {
        withUnsafePointer(to: limits) { limits in
            CConnection(role) { $0.pointee.limits = limits }
        }
    }

    /// Returns the limits in the connection's configuration.
    private func reportedLimits(by connection: CConnection) -> h2_limits? {
        var config = h2_config()
        config.size = MemoryLayout<h2_config>.size
        guard h2_connection_configuration(connection.raw, &config) == 0 else { return nil }
        return config.limits?.pointee
    }

    /// Returns the members of a structure, keyed by their names in Swift.
    private func members(_ structure: Any) -> [String: String] {
        var members: [String: String] = [:]
        for (label, value) in Mirror(reflecting: structure).children {
            let words = (label ?? "").split(separator: "_")
            let name = words.dropFirst().reduce(String(words[0])) {
                $0 + $1.prefix(1).uppercased() + $1.dropFirst()
            }
            let numbers = Mirror(reflecting: value).children.map { "\($0.value)" }
            members[name] = numbers.isEmpty ? "\(value)" : numbers.joined(separator: " ")
        }
        return members
    }

    @Test("the defaults are those of H2Limits")
    func defaultLimits() {
        let limits = defaults()
        let twin = H2Limits()
        #expect(limits.size == Self.size)
        #expect(limits.peer_resets.allowance == Int64(twin.peerResets.allowance))
        #expect(limits.small_data.per_second == Int64(twin.smallData.perSecond))
        #expect(limits.header_fields == twin.headerFields.map { Int64($0) })
        #expect(limits.memory == twin.memory.map { Int64($0) })
        #expect(reportedLimits(by: CConnection(H2_CLIENT)).map(members) == members(limits))
    }

    @Test("each number is stored in its own member")
    func roundTrip() {
        var limits = defaults()
        for (index, limit) in SizeLimit.allCases.enumerated() {
            limits.access(limit) { $0 = Int64(1_000 + index) }
        }
        limits.closed_streams = 1_500
        for (index, limit) in FrequencyLimit.allCases.enumerated() {
            limits.access(limit) {
                $0 = h2_budget(allowance: Int64(2_000 + index), per_second: Int64(3_000 + index))
            }
        }
        #expect(reportedLimits(by: connection(H2_SERVER, limits)).map(members) == members(limits))
        limits.closed_streams = .max
        for limit in SizeLimit.allCases { limits.access(limit) { $0 = .max } }
        for limit in FrequencyLimit.allCases {
            limits.access(limit) { $0 = h2_budget(allowance: .max, per_second: .max) }
        }
        #expect(reportedLimits(by: connection(H2_SERVER, limits)).map(members) == members(limits))
    }

    @Test("a limit and its usage are the members with the limit's name")
    func names() {
        for limit in FrequencyLimit.allCases {
            var (limits, usage) = (H2Limits(), H2Connection(.server).usage)
            limits[limit] = .init(7, perSecond: 8)
            (usage[limit].used, usage[limit].total) = (1, 2)
            (usage[limit].mostUsed, usage[limit].allowance) = (3, 4)
            #expect(members(h2_limits(limits))["\(limit)"] == "7 8")
            #expect(members(h2_usage(usage))["\(limit)"] == "1 2")
            #expect(members(h2_usage(usage))["\(limit)Peak"] == "3 4")
        }
        for limit in SizeLimit.allCases {
            var (limits, usage) = (H2Limits(), H2Connection(.server).usage)
            limits[limit] = 7
            usage[limit] = (3, 4)
            let name = "\(limit)".prefix(1).uppercased() + "\(limit)".dropFirst()
            #expect(members(h2_limits(limits))["\(limit)"] == "7")
            #expect(members(h2_usage(usage))["\(limit)"] == "3")
            #expect(
                members(h2_usage(usage))["most\(name)"] == (usage[limit].largest == 4 ? "4" : nil))
        }
    }

    @Test("negative numbers are refused")
    func negativeNumbers() {
        func isRefused(_ change: (inout h2_limits) -> Void) -> Bool {
            var limits = defaults()
            change(&limits)
            return connection(H2_CLIENT, limits).raw == nil
        }
        #expect(isRefused { $0.closed_streams = -1 })
        for limit in SizeLimit.allCases { #expect(isRefused { $0.access(limit) { $0 = -1 } }) }
        for limit in FrequencyLimit.allCases {
            #expect(isRefused { $0.access(limit) { $0.allowance = .min } })
            #expect(isRefused { $0.access(limit) { $0.per_second = -1 } })
        }
    }

    // 184 is the size in the first published header.
    @Test(
        "sizes that no header gives h2_limits are refused",
        arguments: [Int.min, 0, 176, 183, 185, 1 << 20])
    func impossibleSizes(size: Int) {
        var limits = defaults()
        #expect(h2_limits_init(&limits, size) == Self.invalid)
        limits.size = size
        #expect(connection(H2_CLIENT, limits).raw == nil)
    }

    @Test("structures that can grow are accepted in their first published sizes")
    func firstSizes() {
        func sized<R>(_ size: Int, _ body: (UnsafeMutableRawPointer) -> R) -> R {
            // A separate allocation, so that the address sanitizer finds an access beyond the size.
            let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
            defer { raw.deallocate() }
            raw.storeBytes(of: size, as: Int.self)
            return body(raw)
        }
        let connection = CConnection(H2_CLIENT)
        sized(184) { raw in
            let limits = raw.assumingMemoryBound(to: h2_limits.self)
            #expect(h2_limits_init(limits, 184) == 0)
            sized(56) { raw in
                let config = raw.assumingMemoryBound(to: h2_config.self)
                var other: OpaquePointer?
                #expect(h2_config_init(config, 56, Int32(H2_CLIENT.rawValue)) == 0)
                config.pointee.limits = UnsafePointer(limits)
                #expect(h2_connection_new(config, &other) == 0)
                #expect(h2_connection_configuration(other, config) == 0)
                h2_connection_free(other)
            }
        }
        #expect(
            sized(176) {
                h2_connection_usage(connection.raw, $0.assumingMemoryBound(to: h2_usage.self))
            } == 0)
        #expect(
            sized(56) {
                h2_connection_memory(connection.raw, $0.assumingMemoryBound(to: h2_memory.self))
            } == 0)
    }

    @Test("a configured limit is enforced, and the error names it")
    func exceeded() {
        var limits = defaults()
        limits.control_frames = h2_budget(allowance: 3, per_second: 1)
        let connection = connection(H2_CLIENT, limits)
        #expect(connection.handshake() == 0)
        var results: [Int32] = []
        for time in 0..<8 as Range<UInt64> {
            // A second passes after the fourth frame and restores one unit.
            let bytes = FrameBuilder.ping()
            let nanoseconds: UInt64 = time < 4 ? 1 : 1_000_000_001
            #expect(
                bytes.withUnsafeBytes {
                    h2_connection_receive_at(
                        connection.raw, $0.baseAddress, $0.count, nanoseconds)
                } == (results.last ?? 0))
            results.append(connection.events().result)
            if results.last != 0 { break }
        }
        #expect(results.last == H2_ERR_DENIAL_OF_SERVICE.rawValue)
        #expect(results.count < 8)
        #expect(connection.lastError?.limit == Int32(H2_LIMIT_CONTROL_FRAMES.rawValue))
    }

    /// Whether both sizes are about equal: malloc may give an array a few more bytes.
    private func isNear(_ bytes: Int64, _ expected: Int) -> Bool {
        abs(bytes - Int64(expected)) <= 64
    }

    @Test("usage and memory equal those of a connection in Swift")
    func usage() throws {
        let connection = CConnection(H2_SERVER)
        let twin = H2Connection(.server)
        #expect(h2_connection_initiate(connection.raw) == 0)
        try twin.initiateConnection()
        let steps = [
            FrameBuilder.preface() + FrameBuilder.settings([(1, 2), (3, 4)]),
            FrameBuilder.headers(1, block: H2Headers.samplePost.block), FrameBuilder.data(1),
            FrameBuilder.data(1, [1]), FrameBuilder.windowUpdate(0, increment: 1),
            FrameBuilder.rstStream(1), FrameBuilder.data(1, [1]), FrameBuilder.ping(),
        ]
        for step in steps {
            _ = try twin.receiveData(copying: step.span)
            #expect(connection.receive(step) == 0)
            #expect(connection.events().result == 0)
        }
        var usage = h2_usage()
        #expect(h2_connection_usage(connection.raw, &usage) == Self.invalid)
        usage.size = MemoryLayout<h2_usage>.size
        #expect(h2_connection_usage(connection.raw, &usage) == 0)
        var (found, expected) = (members(usage), members(h2_usage(twin.usage)))
        #expect(isNear(usage.memory, twin.usage.memory) && usage.most_memory > 0)
        for name in ["size", "memory", "mostMemory"] {
            (found[name], expected[name]) = (nil, nil)
        }
        #expect(found == expected)
        #expect(usage.peer_resets.total == 1 && usage.window_updates_peak.most_used == 1)
        #expect(usage.empty_data.total == 1 && usage.settings_per_frame == 2)
        #expect(usage.most_unacknowledged_settings == 1 && usage.most_reserved_streams == 0)

        var memory = h2_memory()
        memory.size = MemoryLayout<h2_memory>.size
        #expect(h2_connection_memory(connection.raw, &memory) == 0)
        #expect(isNear(memory.streams, twin.memory.streams))
        #expect(isNear(memory.headers, twin.memory.headers))
        #expect(memory.input == 0)
        #expect(isNear(memory.output, twin.memory.output))
        #expect(isNear(memory.engine, twin.memory.engine))
        // Output that was sent no longer counts toward the peer's output.
        _ = connection.sent()
        #expect(h2_connection_usage(connection.raw, &usage) == 0)
        #expect(usage.peer_output == 0)
    }

    @Test("each limit has its own number")
    func numbers() {
        let numbers = [
            H2_LIMIT_NONE, H2_LIMIT_PEER_RESETS, H2_LIMIT_PROVOKED_RESETS,
            H2_LIMIT_CONTROL_FRAMES, H2_LIMIT_WINDOW_UPDATES, H2_LIMIT_EMPTY_DATA,
            H2_LIMIT_SMALL_DATA, H2_LIMIT_HEADER_FIELDS, H2_LIMIT_HEADER_LIST_SIZE,
            H2_LIMIT_CONTINUATION_FRAMES, H2_LIMIT_HEADER_BLOCK_SIZE,
            H2_LIMIT_SETTINGS_PER_FRAME, H2_LIMIT_UNACKNOWLEDGED_SETTINGS,
            H2_LIMIT_PEER_OUTPUT, H2_LIMIT_MEMORY,
        ]
        #expect(numbers.map(\.rawValue) == Array(0...14))
        #expect(numbers.count == H2Limit.allCases.count + 1)
    }
}
