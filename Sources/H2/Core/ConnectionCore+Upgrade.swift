// SPDX-License-Identifier: MIT

/// The upgrade from HTTP/1.1, RFC 7540 §3.2, which RFC 9113 took out and h2 still has.
extension ConnectionCore {
    mutating func initiateUpgradeClient() throws(H2Error) -> String {
        guard !isServer else {
            throw .local(.protocolViolation, "a server needs the settings of the client")
        }
        let settings = try initialSettings()
        var payload: [UInt8] = []
        for entry in settings.entries { payload.append(entry) }
        let told = Self.withoutWindowSize(settings.entries)
        output.append(FrameReader.preface[...])
        try writing { core throws(H2Error) in
            try core.session.upgrade(told, isClient: true)
        }
        RawFrames.settings(settings, into: &output)
        initiated(with: settings)
        _ = machine.process(.sendHeaders)
        openUpgraded([.sendHeaders, .sendEndStream])
        return Base64URL.encode(payload)
    }

    mutating func initiateUpgradeServer(_ header: String?) throws(H2Error) {
        guard isServer else {
            throw .local(.protocolViolation, "a client has no settings of the server yet")
        }
        let settings = try initialSettings()
        guard let payload = Base64URL.decode(header ?? ""),
            payload.count % SettingsRules.entrySize == 0
        else {
            throw .local(.invalidArgument, "HTTP2-Settings is not base64url of settings")
        }
        let entries = stride(from: 0, to: payload.count, by: SettingsRules.entrySize).map {
            H2Settings.Entry(payload, at: $0)
        }
        try checkRemote(entries, isFirst: true)
        let told = Self.withoutWindowSize(entries)
        try writing { core throws(H2Error) in
            try core.session.upgrade(told, isClient: false)
            try core.session.submit(settings: settings, into: &core.output)
        }
        initiated(with: settings)
        var announced = H2Settings()
        for entry in entries { announced[entry.identifier] = entry.value }
        _ = remote.receive(announced)
        _ = machine.process(.receiveHeaders)
        openUpgraded([.receiveHeaders, .receiveEndStream])
    }

    /// The payload of SETTINGS that nghttp2 is told of.
    private static func withoutWindowSize(_ entries: [H2Settings.Entry]) -> [UInt8] {
        var payload: [UInt8] = []
        for entry in entries where entry.identifier != .initialWindowSize { payload.append(entry) }
        return payload
    }

    /// Whether the peer announced settings: in a frame, or in the header of an upgrade, which counts
    /// as one (RFC 7540 §3.2.1). Nothing but an upgrade opens a stream before the first frame.
    var hasAnnouncedSettings: Bool { hasPeerSettings || isServer && inbound.highest != 0 }

    /// Opens stream 1, whose request went over HTTP/1.1.
    private mutating func openUpgraded(_ inputs: [StreamInput]) {
        var record = makeRecord(1)
        record.responseLength = .unknown
        for input in inputs { _ = record.machine.process(input) }
        noteOpened(1)
        add(record)
    }
}

extension [UInt8] {
    /// Appends a setting as it is on the wire.
    fileprivate mutating func append(_ entry: H2Settings.Entry) {
        let identifier = entry.identifier.rawValue
        append(UInt8(truncatingIfNeeded: identifier >> 8))
        append(UInt8(truncatingIfNeeded: identifier))
        for shift in stride(from: 24, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: entry.value >> UInt32(shift)))
        }
    }
}

extension H2Settings.Entry {
    /// Reads a setting of 6 bytes.
    fileprivate init(_ bytes: [UInt8], at offset: Int) {
        let word = bytes[offset..<offset + 6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(
            H2Settings.Identifier(rawValue: UInt16(truncatingIfNeeded: word >> 32)),
            UInt32(truncatingIfNeeded: word))
    }
}
