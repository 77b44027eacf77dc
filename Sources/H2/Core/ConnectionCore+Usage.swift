// SPDX-License-Identifier: MIT

/// What a caller can read of limits and memory.
extension ConnectionCore {
    var usage: H2LimitUsage {
        H2LimitUsage(
            peerResets: budgets.peerResetCount,
            provokedResets: budgets.provokedResetCount,
            controlFrames: budgets.controlFrameCount,
            windowUpdates: budgets.windowUpdateCount,
            emptyData: budgets.emptyDataCount,
            smallData: budgets.smallDataCount,
            headerFields: budgets.sections.mostFields,
            headerListSize: budgets.sections.largestList,
            continuationFrames: budgets.sections.mostContinuations,
            headerBlockSize: budgets.sections.largestBlock,
            settingsPerFrame: budgets.mostSettings,
            reservedStreams: streams.reservedInbound,
            unacknowledgedSettings: local.unacknowledged.count,
            peerOutput: outbox.causedByPeer,
            memory: boundedMemory,
            mostReservedStreams: budgets.mostReservedStreams,
            mostUnacknowledgedSettings: budgets.mostUnacknowledgedSettings,
            mostPeerOutput: budgets.mostPeerOutput,
            mostMemory: max(budgets.mostMemory, boundedMemory))
    }

    var memory: H2Memory {
        let ended = streams.inbound.heldByteCount + streams.outbound.heldByteCount
        let table = streams.live.heldByteCount
        let spare =
            table - streams.live.usedByteCount + session.headerByteCount - decodedByteCount
            + session.spareEngineByteCount + reader.capacity - reader.heldByteCount
            + payloads.spare.heldByteCount + outbox.heldByteCount - outbox.count
        return H2Memory(
            streams: table + ended, headers: session.headerByteCount,
            input: reader.capacity + payloads.spare.heldByteCount, output: outbox.heldByteCount,
            engine: session.engineByteCount, spare: spare)
    }
}
