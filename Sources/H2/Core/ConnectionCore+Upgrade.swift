// SPDX-License-Identifier: MIT

/// The upgrade from HTTP/1.1, RFC 7540 §3.2. RFC 9113 removed it, but h2 supports it.
extension ConnectionCore {
    mutating func initiateUpgradeClient() throws(H2Error) -> String {
        guard !isServer else {
            throw .local(
                .protocolViolation, "a server calls initiateUpgradeConnection(settingsHeader:)")
        }
        let settings = try initialSettings()
        outbox.queue.append(FrameReader.preface[...])
        try writing { core throws(H2Error) in
            try core.session.upgrade(settings.entries, isClient: true)
        }
        var written = OutputBuffer()
        FrameWriter.settings(settings, into: &written)
        let frame = written.removeLast(written.count)
        outbox.queue.append(frame[...])
        initiated(with: settings)
        // 101 acknowledges the settings in HTTP2-Settings, RFC 7540 §3.2.1. The SETTINGS frame in
        // the preface repeats them, and its acknowledgement changes nothing.
        applyAcknowledged(listSize: local.next?[.maxHeaderListSize])
        local.putNextInForce()
        _ = lifecycle.state.process(.sendHeaders)
        openUpgraded([.sendHeaders, .sendEndStream])
        return Base64URL.encode(frame.dropFirst(FrameHeader.size))
    }

    mutating func initiateUpgradeServer(_ header: String?) throws(H2Error) {
        guard isServer else {
            throw .local(.protocolViolation, "a client calls initiateUpgradeConnection()")
        }
        let settings = try initialSettings()
        guard let payload = Base64URL.decode(header ?? ""),
            payload.count % SettingsPayload.entrySize == 0
        else {
            throw .local(
                .invalidArgument, "HTTP2-Settings value is not a SETTINGS payload in base64url")
        }
        let count = payload.count / SettingsPayload.entrySize
        try bounds.check(.settingsPerFrame, count)
        let entries = unsafe payload.withUnsafeBytes { unsafe Array(SettingsPayload($0)) }
        try checkRemote(entries, isFirst: true)
        try writing { core throws(H2Error) in
            try core.session.upgrade(entries, isClient: false)
            try core.session.submitSettings(settings, into: &core.outbox.queue)
        }
        initiated(with: settings)
        bounds.record(.settingsPerFrame, count)
        remote.receiveFirst(entries)
        _ = lifecycle.state.process(.receiveHeaders)
        openUpgraded([.receiveHeaders, .receiveEndStream])
    }

    /// Whether the peer announced settings, in a frame or in HTTP2-Settings, which counts as one
    /// (RFC 7540 §3.2.1). Only an upgrade opens a stream before the first frame.
    var hasAnnouncedSettings: Bool {
        lifecycle.hasPeerSettings || isServer && streams.inbound.highest != 0
    }

    /// Opens stream 1, whose request was sent over HTTP/1.1.
    private mutating func openUpgraded(_ inputs: [StreamInput]) {
        var record = newRecord(1)
        record.responseLength = .unknown
        for input in inputs { _ = record.state.process(input) }
        streams.open(record)
        if !isServer, let slot = streams.find(1) { watchInactivity(at: slot) }
    }
}
