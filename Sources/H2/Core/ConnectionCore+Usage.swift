// SPDX-License-Identifier: MIT

/// The usage of limits and memory, for the public properties.
extension ConnectionCore {
    var usage: H2LimitUsage {
        var usage = H2LimitUsage()
        for limit in FrequencyLimit.allCases { usage[limit] = budgets.count(limit) }
        for limit in SizeLimit.allCases {
            let (now, largest) = (inUse(limit), bounds.largest(limit))
            usage[limit] = (now ?? largest, max(now ?? 0, largest))
        }
        return usage
    }

    /// Returns how much of a limit is in use; `nil` for a limit on a single frame or field block.
    private func inUse(_ limit: SizeLimit) -> Int? {
        switch limit {
        case .headerFields, .headerListSize, .continuationFrames, .headerBlockSize,
            .settingsPerFrame:
            nil
        case .reservedStreams: streams.reservedInbound
        case .unacknowledgedSettings: local.unacknowledged.count
        case .peerOutput: outbox.causedByPeer
        case .memory: boundedMemory
        }
    }

    var memory: H2Memory {
        mutating get {
            let ended = streams.inbound.heldByteCount + streams.outbound.heldByteCount
            let table = streams.live.heldByteCount
            let spare =
                table - streams.live.usedByteCount + session.headerByteCount - decodedByteCount
                + session.spareEngineByteCount + reader.capacity - reader.heldByteCount
                + payloads.spare.heldByteCount + outbox.queue.heldByteCount - outbox.queue.count
            return H2Memory(
                streams: table + ended, headers: session.headerByteCount,
                input: reader.capacity + payloads.spare.heldByteCount,
                output: outbox.queue.heldByteCount + (hasQueuedData ? queues.byteCount : 0),
                engine: session.engineByteCount, spare: spare)
        }
    }
}
