// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Sends SETTINGS; the values are in force when `.settingsAcknowledged` says so. RFC 9113 §6.5.
    /// In h2: `update_settings`.
    ///
    /// - Throws: `.invalidSettingsValue`, with the error code that the peer would use, where a
    ///   value is out of range; `.frameTooLarge` for more than fits a frame; `.protocolViolation`
    ///   after the connection is closed; `.notInitiated`.
    public func updateSettings(_ changes: H2Settings) throws(H2Error) {
        _ = try ready(for: .sendSettings)
        try checkLocal(changes, isFirst: false)
        try sending { () throws(H2Error) in
            try session.submit(settings: changes, into: &output)
        }
        local.announce(changes)
    }

    /// Judges settings of this side before they are sent.
    func checkLocal(_ settings: H2Settings, isFirst: Bool) throws(H2Error) {
        for entry in settings.entries {
            let isRetraction = SettingsRules.isRetraction(
                entry, after: local.announced(entry.identifier), isFirst: isFirst,
                by: configuration.role)
            let violation = SettingsRules.violation(of: entry, by: configuration.role)
            if let code = violation ?? (isRetraction ? .protocolError : nil) {
                throw .local(
                    .invalidSettingsValue, code,
                    "\(entry.identifier) may not be \(entry.value), RFC 9113 §6.5.2")
            }
        }
        let size = settings.entries.count * 6
        guard size <= maxOutboundFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: maxOutboundFrameSize, actual: size,
                "too many settings for a frame")
        }
    }
}
