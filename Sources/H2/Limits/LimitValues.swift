// SPDX-License-Identifier: MIT

// Access to the public values by `FrequencyLimit` and `SizeLimit`.

extension H2Limits {
    /// Limits without bounds, except those of the protocol and 4,096 settings per frame.
    /// `closedStreams` keeps its default.
    public static var unlimited: H2Limits {
        var limits = H2Limits()
        for limit in FrequencyLimit.allCases { limits[limit] = .unlimited }
        for limit in SizeLimit.allCases { limits[limit] = nil }
        return limits
    }

    package subscript(limit: FrequencyLimit) -> Budget {
        get {
            switch limit {
            case .peerResets: peerResets
            case .provokedResets: provokedResets
            case .controlFrames: controlFrames
            case .windowUpdates: windowUpdates
            case .emptyData: emptyData
            case .smallData: smallData
            }
        }
        set {
            switch limit {
            case .peerResets: peerResets = newValue
            case .provokedResets: provokedResets = newValue
            case .controlFrames: controlFrames = newValue
            case .windowUpdates: windowUpdates = newValue
            case .emptyData: emptyData = newValue
            case .smallData: smallData = newValue
            }
        }
    }

    package subscript(limit: SizeLimit) -> Int? {
        get {
            switch limit {
            case .headerFields: headerFields
            case .headerListSize: headerListSize
            case .continuationFrames: continuationFrames
            case .headerBlockSize: headerBlockSize
            case .settingsPerFrame: settingsPerFrame
            case .reservedStreams: reservedStreams
            case .unacknowledgedSettings: unacknowledgedSettings
            case .peerOutput: peerOutput
            case .memory: memory
            }
        }
        set {
            switch limit {
            case .headerFields: headerFields = newValue
            case .headerListSize: headerListSize = newValue
            case .continuationFrames: continuationFrames = newValue
            case .headerBlockSize: headerBlockSize = newValue
            case .settingsPerFrame: settingsPerFrame = newValue
            case .reservedStreams: reservedStreams = newValue
            case .unacknowledgedSettings: unacknowledgedSettings = newValue
            case .peerOutput: peerOutput = newValue
            case .memory: memory = newValue
            }
        }
    }
}

extension H2LimitUsage {
    package subscript(limit: FrequencyLimit) -> Count {
        get {
            var usage = self
            return usage.access(limit) { $0 }
        }
        set { access(limit) { $0 = newValue } }
    }

    /// The property with the name of the limit, and the largest value so far.
    package subscript(limit: SizeLimit) -> (value: Int, largest: Int) {
        get {
            switch limit {
            case .headerFields: (headerFields, headerFields)
            case .headerListSize: (headerListSize, headerListSize)
            case .continuationFrames: (continuationFrames, continuationFrames)
            case .headerBlockSize: (headerBlockSize, headerBlockSize)
            case .settingsPerFrame: (settingsPerFrame, settingsPerFrame)
            case .reservedStreams: (reservedStreams, mostReservedStreams)
            case .unacknowledgedSettings: (unacknowledgedSettings, mostUnacknowledgedSettings)
            case .peerOutput: (peerOutput, mostPeerOutput)
            case .memory: (memory, mostMemory)
            }
        }
        set {
            switch limit {
            case .headerFields: headerFields = newValue.value
            case .headerListSize: headerListSize = newValue.value
            case .continuationFrames: continuationFrames = newValue.value
            case .headerBlockSize: headerBlockSize = newValue.value
            case .settingsPerFrame: settingsPerFrame = newValue.value
            case .reservedStreams: (reservedStreams, mostReservedStreams) = newValue
            case .unacknowledgedSettings:
                (unacknowledgedSettings, mostUnacknowledgedSettings) = newValue
            case .peerOutput: (peerOutput, mostPeerOutput) = newValue
            case .memory: (memory, mostMemory) = newValue
            }
        }
    }

    private mutating func access<R>(_ limit: FrequencyLimit, _ body: (inout Count) -> R) -> R {
        switch limit {
        case .peerResets: body(&peerResets)
        case .provokedResets: body(&provokedResets)
        case .controlFrames: body(&controlFrames)
        case .windowUpdates: body(&windowUpdates)
        case .emptyData: body(&emptyData)
        case .smallData: body(&smallData)
        }
    }
}

extension H2Error {
    /// Returns the error for a limit on a size that the peer exceeded.
    @inline(never)
    static func exceeded(
        _ limit: SizeLimit, on streamID: H2StreamID? = nil, bound: Int, actual: Int
    ) -> H2Error {
        exceeded(
            limit.rule.limit, on: streamID, bound: bound, actual: actual, limit.rule.reason)
    }
}
