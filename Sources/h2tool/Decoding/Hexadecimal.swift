// SPDX-License-Identifier: MIT

/// Decodes hexadecimal digits piece by piece. White space is ignored.
struct HexDecoder {
    /// The first digit of a pair.
    private var high: UInt8?

    /// Whether the last pair is complete.
    var isComplete: Bool { high == nil }

    /// Returns the bytes whose second digit is in `text`; `nil` if `text` contains anything but
    /// hexadecimal digits and white space.
    mutating func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for byte in text where !Self.isWhitespace(byte) {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            if let first = high { bytes.append(first << 4 | UInt8(digit)) }
            high = high == nil ? UInt8(digit) : nil
        }
        return bytes
    }

    static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
    }
}
