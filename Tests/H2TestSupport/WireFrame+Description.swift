// SPDX-License-Identifier: MIT

extension WireFrame: CustomStringConvertible {
    /// One line: `HEADERS(1) END_STREAM|END_HEADERS 12 bytes`, followed by values of the payload.
    public var description: String {
        var words = ["\(type)(\(streamID))"]
        if flags != 0 { words.append(flagNames) }
        words.append("\(payload.count) bytes")
        if let lastStreamID { words.append("last \(lastStreamID)") }
        if let errorCode { words.append("code 0x\(String(errorCode, radix: 16))") }
        if let windowIncrement { words.append("+\(windowIncrement)") }
        if let settings, !settings.isEmpty {
            words.append(settings.map(\.description).joined(separator: ","))
        }
        if let pingValue { words.append("0x\(String(pingValue, radix: 16))") }
        if let promisedStreamID { words.append("promises \(promisedStreamID)") }
        return words.joined(separator: " ")
    }

    private var flagNames: String {
        (0..<8).map { UInt8(1) << $0 }.filter { flags & $0 != 0 }
            .map { type.name(ofFlag: $0) ?? "0x\(String($0, radix: 16))" }
            .joined(separator: "|")
    }
}

extension WireFrame.Kind: CustomStringConvertible {
    private static let names = [
        "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
        "WINDOW_UPDATE", "CONTINUATION", "ALTSVC",
    ]

    /// The name in RFC 9113 §6, or the number in hexadecimal.
    public var description: String {
        rawValue < Self.names.count
            ? Self.names[Int(rawValue)] : "TYPE_0x" + String(rawValue, radix: 16)
    }

    fileprivate func name(ofFlag flag: UInt8) -> String? {
        switch (self, flag) {
        case (.settings, 0x1), (.ping, 0x1): "ACK"
        case (.data, 0x1), (.headers, 0x1): "END_STREAM"
        case (.headers, 0x4), (.pushPromise, 0x4), (.continuation, 0x4): "END_HEADERS"
        case (.data, 0x8), (.headers, 0x8), (.pushPromise, 0x8): "PADDED"
        case (.headers, 0x20): "PRIORITY"
        default: nil
        }
    }
}
