// SPDX-License-Identifier: MIT

/// Encodes field blocks, one representation of RFC 7541 §6 at a time. It has no dynamic table.
public struct HPACKEncoder: Sendable {
    /// How a literal field is encoded, RFC 7541 §6.2.
    public enum Indexing: Hashable, Sendable {
        case without, incremental, never

        fileprivate var pattern: (bits: UInt8, prefix: Int) {
            switch self {
            case .without: (0x00, 4)
            case .incremental: (0x40, 6)
            case .never: (0x10, 4)
            }
        }
    }

    /// The field block so far.
    public private(set) var bytes: [UInt8] = []

    /// Creates an empty field block.
    public init() {}

    /// Appends a literal field of text.
    public mutating func literal(
        _ name: String, _ value: String, _ indexing: Indexing = .without, huffman: Bool = false
    ) {
        literal(name: Array(name.utf8), value: Array(value.utf8), indexing, huffman: huffman)
    }

    /// Appends a literal field of raw bytes.
    public mutating func literal(
        name: [UInt8], value: [UInt8], _ indexing: Indexing = .without, huffman: Bool = false
    ) {
        bytes.append(indexing.pattern.bits)
        string(name, huffman: huffman)
        string(value, huffman: huffman)
    }

    /// Appends a literal field with the name of a table entry.
    public mutating func literal(
        nameIndex: Int, value: [UInt8], _ indexing: Indexing = .without, huffman: Bool = false
    ) {
        integer(nameIndex, prefix: indexing.pattern.prefix, bits: indexing.pattern.bits)
        string(value, huffman: huffman)
    }

    /// Appends an indexed field, RFC 7541 §6.1; 62 is the newest entry of the dynamic table.
    public mutating func indexed(_ index: Int) { integer(index, prefix: 7, bits: 0x80) }

    /// Appends a dynamic table size update, RFC 7541 §6.3.
    public mutating func sizeUpdate(_ size: Int) { integer(size, prefix: 5, bits: 0x20) }

    /// Appends bytes unchanged.
    public mutating func raw(_ bytes: [UInt8]) { self.bytes += bytes }

    /// Returns a field block of literals, neither indexed nor Huffman-coded.
    public static func block(_ fields: [(String, String)]) -> [UInt8] {
        var encoder = HPACKEncoder()
        for (name, value) in fields { encoder.literal(name, value) }
        return encoder.bytes
    }

    /// Returns a field block of literals, neither indexed nor Huffman-coded.
    public static func block(_ fields: KeyValuePairs<String, String>) -> [UInt8] {
        block(fields.map { ($0.key, $0.value) })
    }

    /// Returns a field block of literals of raw bytes, neither indexed nor Huffman-coded.
    public static func block(bytes fields: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
        var encoder = HPACKEncoder()
        for (name, value) in fields { encoder.literal(name: name, value: value) }
        return encoder.bytes
    }

    private mutating func integer(_ value: Int, prefix: Int, bits: UInt8) {
        let limit = 1 << prefix - 1
        guard value >= limit else { return bytes.append(bits | UInt8(value)) }
        bytes.append(bits | UInt8(limit))
        var rest = value - limit
        while rest >= 128 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func string(_ text: [UInt8], huffman: Bool) {
        let coded = huffman ? HuffmanCode.encode(text) : text
        integer(coded.count, prefix: 7, bits: huffman ? 0x80 : 0)
        bytes += coded
    }
}
