// SPDX-License-Identifier: MIT

/// The Huffman code of RFC 7541 appendix B, which is canonical: the lengths determine the codes.
enum HuffmanCode {
    /// The length in bits of the code of each byte, and of EOS (256).
    static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28,
        30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6,
        6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5,
        6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20,
        22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23,
        23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21,
        22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20,
        19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21,
        21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26,
        23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ]

    private static let endOfString = 256

    /// For each length: the first code, and the symbols in the order of their codes.
    private static let rows: [(first: UInt32, symbols: [Int])] = {
        var code: UInt32 = 0
        return (0...30).map { length in
            code <<= 1
            let symbols = lengths.indices.filter { lengths[$0] == length && length > 0 }
            defer { code += UInt32(symbols.count) }
            return (code, symbols)
        }
    }()

    private static let codes: [UInt32] = {
        var codes = [UInt32](repeating: 0, count: lengths.count)
        for row in rows {
            for (offset, symbol) in row.symbols.enumerated() {
                codes[symbol] = row.first + UInt32(offset)
            }
        }
        return codes
    }()

    /// Encodes bytes, and pads the last byte with ones.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var buffer: UInt64 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << UInt64(lengths[Int(byte)]) | UInt64(codes[Int(byte)])
            bits += Int(lengths[Int(byte)])
            while bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: buffer >> UInt64(bits)))
            }
        }
        if bits > 0 {
            result.append(
                UInt8(truncatingIfNeeded: buffer << UInt64(8 - bits) | 0xff >> UInt64(bits)))
        }
        return result
    }

    /// Decodes bytes; returns `nil` for the errors of RFC 7541 §5.2, EOS and invalid padding.
    static func decode(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var code: UInt32 = 0
        var length = 0
        for byte in bytes {
            for shift in (0..<8).reversed() {
                code = code << 1 | UInt32(byte >> UInt8(shift) & 1)
                length += 1
                guard length < rows.count else { return nil }
                let row = rows[length]
                guard code >= row.first, code - row.first < UInt32(row.symbols.count) else {
                    continue
                }
                let symbol = row.symbols[Int(code - row.first)]
                guard symbol != endOfString else { return nil }
                result.append(UInt8(symbol))
                code = 0
                length = 0
            }
        }
        return length < 8 && code == 1 << UInt32(length) - 1 ? result : nil
    }
}
