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
            reservedStreams: reservedInbound,
            unacknowledgedSettings: local.unacknowledged.count,
            peerOutput: output.causedByPeer,
            memory: boundedMemory,
            mostReservedStreams: budgets.mostReservedStreams,
            mostUnacknowledgedSettings: budgets.mostUnacknowledgedSettings,
            mostPeerOutput: budgets.mostPeerOutput,
            mostMemory: max(budgets.mostMemory, boundedMemory))
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
