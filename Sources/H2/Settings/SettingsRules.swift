// SPDX-License-Identifier: MIT

/// Which values a setting may have, RFC 9113 §6.5.2.
enum SettingsRules {
    /// Entries of one SETTINGS frame; nghttp2 is told to take as many.
    static let maxEntries = 4_096

    /// Bytes of a SETTINGS frame that is sent: nghttp2 writes no longer one, whatever the peer takes.
    static let maxSentSize = 16_384

    /// Settings of the peer that are kept; beyond it only those that somebody defined.
    static let maxKept = 128

    /// The error code for a value that is out of range, whoever announced it.
    ///
    /// - Parameter sender: The side that announces the value.
    static func violation(
        of entry: H2Settings.Entry, by sender: H2Configuration.Role
    ) -> H2ErrorCode? {
        let value = entry.value
        switch entry.identifier {
        case .enablePush:
            // A server that announces it says 0.
            return value > (sender == .client ? 1 : 0) ? .protocolError : nil
        case .initialWindowSize:
            return value > FlowControl.largestWindow ? .flowControlError : nil
        case .maxFrameSize:
            return value < 16_384 || value > 16_777_215 ? .protocolError : nil
        // RFC 8441 §3 and RFC 9218 §2.1.
        case .enableConnectProtocol, .noRFC7540Priorities:
            return value > 1 ? .protocolError : nil
        default:
            return nil
        }
    }

    /// Whether `isRetraction` has to be asked about a setting.
    static func isIrrevocable(_ identifier: H2Settings.Identifier) -> Bool {
        identifier == .enableConnectProtocol || identifier == .noRFC7540Priorities
    }

    /// Whether a value takes back what may not be taken back: ENABLE_CONNECT_PROTOCOL of a server
    /// (RFC 8441 §3), and any change of NO_RFC7540_PRIORITIES after the first SETTINGS (RFC 9218
    /// §2.1). nghttp2 checks both.
    ///
    /// - Parameter previous: What the same side announced before; nil if nothing.
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
