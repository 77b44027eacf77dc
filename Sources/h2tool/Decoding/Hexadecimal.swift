// SPDX-License-Identifier: MIT

/// Converts pairs of hexadecimal digits, between which there may be white space, piece by piece.
struct HexDecoder {
    /// The first digit of a pair.
    private var high: UInt8?

    /// Whether the last pair is complete.
    var isComplete: Bool { high == nil }

    /// nil if there is anything but hexadecimal digits and white space.
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

/// nil if it is anything but pairs of hexadecimal digits, and white space.
func fromHex(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var decoder = HexDecoder()
    guard let bytes = decoder.decode(text), decoder.isComplete else { return nil }
    return bytes
}
