// SPDX-License-Identifier: MIT

extension ConnectionCore {
    /// Compares what H2 believes with what nghttp2 believes; each difference is a defect. Empty is
    /// right.
    ///
    /// For tests: it takes time in proportion to the number of streams.
    func audit() -> [String] {
        guard isInitiated, !session.isCondemned else { return [] }
        var found: [String] = []
        func compare<T: Equatable>(_ what: String, _ ours: T, _ theirs: T) {
            if ours != theirs { found.append("\(what): H2 \(ours), nghttp2 \(theirs)") }
        }
        compare("queue", 0, session.queueSize)
        compare("send window", max(0, sendWindow), session.sendWindow)
        compare("receive window", receiveWindow.available, session.receiveWindow)
        compare("header blocks", receivedBlocks, session.fedBlocks)
        auditSettings(compare)
        auditStreams(compare)
        if outbound.highest != 0 {
            compare("next stream", outbound.highest + 2, session.nextStreamID)
        }
        return found
    }

    private func auditSettings(_ compare: (String, UInt32, UInt32) -> Void) {
        let known: [H2Settings.Identifier] = [
            .headerTableSize, .enablePush, .maxConcurrentStreams, .initialWindowSize,
            .maxFrameSize, .maxHeaderListSize, .enableConnectProtocol,
        ]
        for identifier in known {
            // nghttp2 has defaults of its own for what nobody announced.
            if let ours = local.inForce[identifier],
                identifier != .enablePush || local.unacknowledged.isEmpty,
                let theirs = session.setting(identifier, isLocal: true)
            {
                compare("local \(identifier)", ours, theirs)
            }
            if let ours = remote.inForce[identifier], identifier != .enablePush,
                let theirs = session.setting(identifier, isLocal: false)
            {
                compare("remote \(identifier)", ours, theirs)
            }
        }
    }

    private func auditStreams(_ compare: (String, String, String) -> Void) {
        var open = (inbound: 0, outbound: 0)
        for record in streams.records {
            let machine = record.machine
            if machine.isOpen {
                if isOutbound(record.id) { open.outbound += 1 } else { open.inbound += 1 }
            }
            guard let view = session.view(of: record.id) else {
                compare("stream \(record.id)", "\(machine.state)", "closed")
                continue
            }
            let isLocalClosed =
                machine.state == .halfClosedLocal || machine.state == .reservedRemote
            let isRemoteClosed =
                machine.state == .halfClosedRemote || machine.state == .reservedLocal
            compare(
                "stream \(record.id), closed here and there", "\(isLocalClosed) \(isRemoteClosed)",
                "\(view.isLocalClosed) \(view.isRemoteClosed)")
            compare(
                "send window \(record.id)", "\(max(0, record.sendWindow))", "\(view.sendWindow)")
            compare(
                "receive window \(record.id)", "\(record.receiveWindow.available)",
                "\(view.receiveWindow)")
        }
        compare("open inbound", "\(openInbound)", "\(open.inbound)")
        compare("open outbound", "\(openOutbound)", "\(open.outbound)")
        for highest in [inbound.highest, outbound.highest] {
            // What was closed lately must be closed there, too.
            for id in stride(from: highest, through: highest &- min(highest, 64), by: -2)
            where id > 0 && id != block?.promised && streams.find(id) == nil {
                compare(
                    "stream \(id)", "closed", session.view(of: id) == nil ? "closed" : "live")
            }
        }
    }
}
