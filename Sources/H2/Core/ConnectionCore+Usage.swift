// SPDX-License-Identifier: MIT

/// What a caller can read of limits and memory.
extension ConnectionCore {
    var usage: H2LimitUsage {
        var usage = H2LimitUsage()
        for limit in FrequencyLimit.allCases { usage[limit] = budgets.count(limit) }
        for limit in SizeLimit.allCases {
            let now = inUse(limit)
            usage[limit] = now ?? bounds.largest(limit)
            usage[most: limit] = max(bounds.largest(limit), now ?? 0)
        }
        return usage
    }

    /// How much of a limit is in use now; nil for a limit on a single frame or field block.
    private func inUse(_ limit: SizeLimit) -> Int? {
        switch limit {
        case .headerFields, .headerListSize, .continuationFrames, .headerBlockSize,
            .settingsPerFrame:
            nil
        case .reservedStreams: reservedInbound
        case .unacknowledgedSettings: local.unacknowledged.count
        case .peerOutput: output.causedByPeer
        case .memory: boundedMemory
        }
    }

    /// Whether the peer has to send more to complete its connection preface, a frame or a header
    /// block.
    var hasIncompleteInput: Bool { !hasPeerSettings || reader.isWithinFrame || block != nil }

    var memory: H2Memory {
        let ended = inbound.heldByteCount + outbound.heldByteCount
        let table = streams.heldByteCount
        let spare =
            table - streams.usedByteCount + session.headerByteCount - decodedByteCount
            + session.spareEngineByteCount + reader.capacity - reader.heldByteCount
            + sparePayload.heldByteCount + output.heldByteCount - output.count
        return H2Memory(
            streams: table + ended, headers: session.headerByteCount,
            input: reader.capacity + sparePayload.heldByteCount, output: output.heldByteCount,
            engine: session.engineByteCount, spare: spare)
    }
}
