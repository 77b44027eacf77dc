// SPDX-License-Identifier: MIT

extension ConnectionCore {
    /// Returns the differences between the states of H2 and nghttp2, and between the queues of the
    /// streams and their sums; each is a bug.
    ///
    /// For tests: the call takes time proportional to the number of streams.
    func audit() -> [String] {
        guard lifecycle.phase == .running, !session.isPoisoned else {
            return []
        }
        var audit = Audit()
        audit.compare("queued frames", 0, session.queueSize)
        audit.compare("field blocks", blocks.begun, session.fedBlocks)
        auditSettings(&audit)
        auditStreams(&audit)
        auditQueues(&audit)
        if streams.outbound.highest != 0 {
            audit.compare("next stream", streams.outbound.highest + 2, session.nextStreamID)
        }
        return audit.found
    }

    private func auditSettings(_ audit: inout Audit) {
        // nghttp2 never gets this side's MAX_CONCURRENT_STREAMS, and has another default for
        // ENABLE_PUSH until a value is acknowledged.
        for entry in local.values.settings.entries
        where entry.identifier != .maxConcurrentStreams
            && (entry.identifier != .enablePush || local.unacknowledged.isEmpty)
            // After an upgrade, H2 applies this side's settings at once, nghttp2 only after the
            // peer's first SETTINGS.
            && (lifecycle.hasPeerSettings || !local.isNextInForce)
        {
            guard let engineValue = session.setting(entry.identifier, isLocal: true) else {
                continue
            }
            audit.compare("local \(entry.identifier)", entry.value, engineValue)
        }
        for entry in remote.values.settings.entries where entry.identifier != .enablePush {
            guard let engineValue = session.setting(entry.identifier, isLocal: false) else {
                continue
            }
            audit.compare("remote \(entry.identifier)", entry.value, engineValue)
        }
    }

    private func auditStreams(_ audit: inout Audit) {
        var open = (inbound: 0, outbound: 0)
        for record in streams.live.records {
            let state = record.state
            if state.isOpen {
                if streams.isOutbound(record.id) { open.outbound += 1 } else { open.inbound += 1 }
            }
            guard let view = session.view(of: record.id) else {
                audit.compare("stream \(record.id)", "\(state.current)", "closed")
                continue
            }
            let isLocalClosed =
                state.current == .halfClosedLocal && !record.isEndedByData
                || state.current == .reservedRemote
            let isRemoteClosed =
                state.current == .halfClosedRemote || state.current == .reservedLocal
            audit.compare(
                "stream \(record.id), closed (local, remote)",
                Audit.Halves(isLocalClosed, isRemoteClosed),
                Audit.Halves(view.isLocalClosed, view.isRemoteClosed))
        }
        audit.compare("open inbound", streams.openInbound, open.inbound)
        audit.compare("open outbound", streams.openOutbound, open.outbound)
        for highest in [streams.inbound.highest, streams.outbound.highest] {
            // Recently closed streams must be closed in nghttp2, too.
            for id in stride(from: highest, through: highest &- min(highest, 64), by: -2)
            where id > 0 && id != blocks.pending?.promised && id != blocks.pending?.header.streamID
                && streams.find(id) == nil
            {
                if session.view(of: id) != nil { audit.compare("stream \(id)", "closed", "live") }
            }
        }
    }

    private func auditQueues(_ audit: inout Audit) {
        guard !isPlain else { return }
        let queues = featureStorage.value.queues
        var sums = (queued: 0, sendable: 0, scheduled: 0)
        for record in streams.live.records {
            guard let slot = streams.find(record.id) else { continue }
            let details = streams[details: slot]
            sums.queued += details.queue.byteCount
            sums.sendable += details.scheduling.sendable
            sums.scheduled += details.scheduling.ticket == 0 ? 0 : 1
            let sendable = max(0, min(details.queue.byteCount, record.flow.send.available))
            audit.compare("sendable on \(record.id)", details.scheduling.sendable, with: sendable)
            audit.compare(
                "scheduled \(record.id)", details.scheduling.ticket != 0, with: sendable != 0)
        }
        audit.compare("queued bytes", queues.byteCount, with: sums.queued)
        audit.compare("sendable bytes", queues.sendable, with: sums.sendable)
        audit.compare("scheduled streams", queues.scheduler.count, with: sums.scheduled)
    }
}

/// The differences found so far. Text is built only for a difference, because a fuzzer audits after
/// every step.
private struct Audit {
    /// Which sides of a stream are closed.
    struct Halves: Equatable, CustomStringConvertible {
        let isLocalClosed: Bool
        let isRemoteClosed: Bool

        init(_ isLocalClosed: Bool, _ isRemoteClosed: Bool) {
            self.isLocalClosed = isLocalClosed
            self.isRemoteClosed = isRemoteClosed
        }

        var description: String { "(\(isLocalClosed), \(isRemoteClosed))" }
    }

    private(set) var found: [String] = []

    mutating func compare<T: Equatable & CustomStringConvertible>(
        _ what: @autoclosure () -> String, _ value: T, _ engineValue: T
    ) {
        if value != engineValue { found.append("\(what()): H2 \(value), nghttp2 \(engineValue)") }
    }

    mutating func compare<T: Equatable & CustomStringConvertible>(
        _ what: @autoclosure () -> String, _ value: T, with right: T
    ) {
        if value != right { found.append("\(what()): \(value) instead of \(right)") }
    }
}
