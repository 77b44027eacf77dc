// SPDX-License-Identifier: MIT

/// The valid values of settings, RFC 9113 §6.5.2, and the limits on their number.
enum SettingsRules {
    /// The maximum number of entries in a received SETTINGS frame; nghttp2 is configured with the
    /// same limit.
    static let maxEntries = 4_096

    /// The largest payload of a sent SETTINGS frame, in bytes: every peer accepts this size.
    static let maxSentSize = 16_384

    /// The number of settings of the peer beyond which unknown ones are not kept.
    static let maxKeptSettings = 128

    /// Returns the error code for an invalid value; `nil` if the value is valid.
    ///
    /// - Parameter sender: The side that announces the value.
    static func violation(
        of entry: H2Settings.Entry, by sender: H2Configuration.Role
    ) -> H2ErrorCode? {
        let value = entry.value
        switch entry.identifier {
        case .enablePush:
            // A server may only announce 0.
            return value > (sender == .client ? 1 : 0) ? .protocolError : nil
        case .initialWindowSize:
            return value > FlowControl.maxWindowSize ? .flowControlError : nil
        case .maxFrameSize:
            return value < 16_384 || value > 16_777_215 ? .protocolError : nil
        // RFC 8441 §3 and RFC 9218 §2.1.
        case .enableConnectProtocol, .noRFC7540Priorities:
            return value > 1 ? .protocolError : nil
        default:
            return nil
        }
    }

    /// Returns the text of the error for a value that `violation` or `isRetraction` rejects.
    static func reason(_ entry: H2Settings.Entry, isRetraction: Bool) -> String {
        let section =
            switch entry.identifier {
            case .enableConnectProtocol: "RFC 8441 §3"
            case .noRFC7540Priorities: "RFC 9218 §2.1"
            default: "RFC 9113 §6.5.2"
            }
        return isRetraction
            ? "setting \(entry.identifier) must not change to \(entry.value), \(section)"
            : "invalid value \(entry.value) of setting \(entry.identifier), \(section)"
    }

    /// Returns whether `isRetraction` can be true for a setting.
    static func isIrrevocable(_ identifier: H2Settings.Identifier) -> Bool {
        identifier == .enableConnectProtocol || identifier == .noRFC7540Priorities
    }

    /// Returns whether a value retracts an irrevocable one: a server must not disable
    /// ENABLE_CONNECT_PROTOCOL (RFC 8441 §3), and neither side may change NO_RFC7540_PRIORITIES
    /// after its first SETTINGS (RFC 9218 §2.1).
    ///
    /// - Parameter previous: The value that the same side announced before, or `nil`.
    static func isRetraction(
        _ entry: H2Settings.Entry, after previous: UInt32?, isFirst: Bool,
        by sender: H2Configuration.Role
    ) -> Bool {
        switch entry.identifier {
        case .enableConnectProtocol: sender == .server && previous == 1 && entry.value == 0
        case .noRFC7540Priorities: !isFirst && (previous ?? 0) != entry.value
        default: false
        }
    }
}
