// SPDX-License-Identifier: MIT

/// What a caller can read of limits and memory.
extension ConnectionCore {
    var usage: H2LimitUsage {
        H2LimitUsage(
            peerResets: budgets.peerResets.count,
            provokedResets: budgets.provokedResets.count,
            controlFrames: budgets.controlFrames.count,
            windowUpdates: budgets.windowUpdates.count,
            emptyData: budgets.emptyData.count,
            smallData: budgets.smallData.count,
            headerFields: budgets.sections.mostFields,
            headerListSize: budgets.sections.largestList,
            continuationFrames: budgets.sections.mostContinuations,
            headerBlockSize: budgets.sections.largestBlock,
            settingsPerFrame: budgets.mostSettings,
            reservedStreams: reservedInbound,
            unacknowledgedSettings: local.unacknowledged.count,
            peerOutput: output.causedByPeer,
            memory: boundedMemory)
    }

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

extension TokenBucket {
    fileprivate var count: H2LimitUsage.Count { H2LimitUsage.Count(used: used, total: total) }
}
