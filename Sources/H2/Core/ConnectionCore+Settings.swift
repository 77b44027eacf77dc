// SPDX-License-Identifier: MIT

/// Sent SETTINGS, RFC 9113 §6.5.
extension ConnectionCore {
    mutating func updateSettings(_ changes: H2Settings) throws(H2Error) {
        _ = try lifecycle.ready(for: .sendSettings)
        let waiting = local.unacknowledged.count
        let limit = SizeLimit.unacknowledgedSettings
        guard waiting < bounds[limit] else {
            throw H2Error(
                .denialOfService, .enhanceYourCalm, .local, expected: bounds[limit],
                actual: waiting, limit: limit.rule.limit, limit.rule.reason)
        }
        try checkLocal(changes, isFirst: false)
        try writing { core throws(H2Error) in
            try core.session.submitSettings(changes, into: &core.outbox.queue)
        }
        announce(changes)
    }

    /// Records settings that were just written.
    mutating func announce(_ settings: H2Settings) {
        local.announce(settings)
        expectAnswer()
        bounds.record(.unacknowledgedSettings, local.unacknowledged.count)
        if let streams = settings[.maxConcurrentStreams] {
            budgets.streamsAnnounced(Int(streams))
        } else if settings[.enablePush] == nil {
            return
        }
        budgets.grace.limitAnnounced()
    }

    /// Checks settings of this side before they are sent. It is `mutating` only so that the core is
    /// not copied.
    mutating func checkLocal(_ settings: H2Settings, isFirst: Bool) throws(H2Error) {
        for entry in settings.entries {
            let isRetraction =
                SettingsRules.isIrrevocable(entry.identifier)
                && SettingsRules.isRetraction(
                    entry, after: local.announced(entry.identifier), isFirst: isFirst,
                    by: configuration.role)
            let violation = SettingsRules.violation(of: entry, by: configuration.role)
            if let code = violation ?? (isRetraction ? .protocolError : nil) {
                throw .local(
                    .invalidSettingsValue, code,
                    SettingsRules.reason(entry, isRetraction: violation == nil))
            }
        }
        let growth = Int(settings[.initialWindowSize] ?? 0) - local.initialWindowSize
        if growth > 0,
            streams.live.contains(where: { !$0.flow.receive.canChangeInitialSize(by: growth) })
        {
            throw .local(
                .flowControl, .flowControlError,
                "INITIAL_WINDOW_SIZE: a stream window would exceed 2^31-1 bytes, RFC 9113 §6.9.2")
        }
        let size = settings.entries.count * SettingsPayload.entrySize
        guard size <= SettingsRules.maxSentSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: SettingsRules.maxSentSize, actual: size,
                "SETTINGS payload is larger than every peer accepts")
        }
    }
}
