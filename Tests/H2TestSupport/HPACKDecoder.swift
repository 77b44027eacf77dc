// SPDX-License-Identifier: MIT

/// Decodes field blocks, RFC 7541. Its table belongs to one direction of one connection.
public struct HPACKDecoder: Sendable {
    /// A decoded field.
    public struct Field: Hashable, Sendable, CustomStringConvertible {
        public var name: [UInt8]
        public var value: [UInt8]
        public var neverIndexed: Bool

        /// Creates a field from raw bytes.
        public init(name: [UInt8], value: [UInt8], neverIndexed: Bool = false) {
            self.name = name
            self.value = value
            self.neverIndexed = neverIndexed
        }

        /// Creates a field from text.
        public init(_ name: String, _ value: String, neverIndexed: Bool = false) {
            self.init(
                name: Array(name.utf8), value: Array(value.utf8), neverIndexed: neverIndexed)
        }

        /// `name: value`.
        public var description: String {
            String(decoding: name, as: UTF8.self) + ": " + String(decoding: value, as: UTF8.self)
        }

        /// The size in the dynamic table, in bytes, RFC 7541 §4.1.
        var size: Int { name.count + value.count + 32 }
    }

    /// Why a field block is malformed.
    public enum Failure: Error, Hashable, Sendable {
        case truncated, integerTooLarge, badHuffman
        case badIndex(Int)
        case sizeUpdateTooLarge(Int)
        case sizeUpdateInTheMiddle
        case sizeUpdateMissing
    }

    /// SETTINGS_HEADER_TABLE_SIZE as announced by the receiver, in bytes.
    public var sizeLimit: Int {
        didSet { if sizeLimit < maxTableSize { needsSizeUpdate = true } }
    }

    /// The dynamic table, newest entry first.
    public private(set) var table: [Field] = []

    /// The size that the encoder chose for the dynamic table, in bytes.
    public private(set) var maxTableSize: Int

    private var needsSizeUpdate = false

    /// Creates a decoder with an empty table.
    public init(sizeLimit: Int = 4_096) {
        self.sizeLimit = sizeLimit
        self.maxTableSize = sizeLimit
    }

    /// The size of the dynamic table, in bytes, RFC 7541 §4.1.
    public var tableSize: Int { table.reduce(0) { $0 + $1.size } }

    /// Decodes a complete field block.
    public mutating func decode(_ block: [UInt8]) throws(Failure) -> [Field] {
        var input = Input(bytes: block[...])
        var fields: [Field] = []
        while let first = input.bytes.first {
            if first & 0xe0 == 0x20 {
                guard fields.isEmpty else { throw .sizeUpdateInTheMiddle }
                try updateSize(input.integer(prefix: 5))
                continue
            }
            guard !needsSizeUpdate else { throw .sizeUpdateMissing }
            fields.append(try field(first, &input))
        }
        return fields
    }

    private mutating func field(_ first: UInt8, _ input: inout Input) throws(Failure) -> Field {
        if first & 0x80 != 0 {
            return try entry(input.integer(prefix: 7))
        }
        let isIncremental = first & 0x40 != 0
        let index = try input.integer(prefix: isIncremental ? 6 : 4)
        let name = try index == 0 ? input.string() : entry(index).name
        let value = try input.string()
        let isNever = !isIncremental && first & 0x10 != 0
        let field = Field(name: name, value: value, neverIndexed: isNever)
        if isIncremental {
            table.insert(field, at: 0)
            evict()
        }
        return field
    }

    private mutating func updateSize(_ size: Int) throws(Failure) {
        guard size <= sizeLimit else { throw .sizeUpdateTooLarge(size) }
        maxTableSize = size
        needsSizeUpdate = false
        evict()
    }

    private mutating func evict() {
        var size = tableSize
        while size > maxTableSize, let oldest = table.popLast() { size -= oldest.size }
    }

    private func entry(_ index: Int) throws(Failure) -> Field {
        if index >= 1, index <= Self.staticTable.count {
            let (name, value) = Self.staticTable[index - 1]
            return Field(name, value)
        }
        let offset = index - 1 - Self.staticTable.count
        guard table.indices.contains(offset) else { throw .badIndex(index) }
        return table[offset]
    }

    /// The rest of a field block.
    private struct Input {
        var bytes: ArraySlice<UInt8>

        mutating func byte() throws(Failure) -> UInt8 {
            guard let byte = bytes.popFirst() else { throw .truncated }
            return byte
        }

        /// Reads an integer, RFC 7541 §5.1.
        mutating func integer(prefix: Int) throws(Failure) -> Int {
            let limit = 1 << prefix - 1
            var value = try Int(byte()) & limit
            guard value == limit else { return value }
            var shift = 0
            while true {
                let next = try byte()
                guard shift <= 28 else { throw .integerTooLarge }
                value += Int(next & 0x7f) << shift
                shift += 7
                if next & 0x80 == 0 { return value }
            }
        }

        /// Reads a string, RFC 7541 §5.2.
        mutating func string() throws(Failure) -> [UInt8] {
            let isHuffman = (bytes.first ?? 0) & 0x80 != 0
            let length = try integer(prefix: 7)
            guard length <= bytes.count else { throw .truncated }
            let raw = bytes.prefix(length)
            bytes = bytes.dropFirst(length)
            guard isHuffman else { return Array(raw) }
            guard let text = HuffmanCode.decode(raw) else { throw .badHuffman }
            return text
        }
    }

    /// The static table, RFC 7541 appendix A.
    private static let staticTable: [(String, String)] = [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"),
        (":path", "/index.html"), (":scheme", "http"), (":scheme", "https"), (":status", "200"),
        (":status", "204"), (":status", "206"), (":status", "304"), (":status", "400"),
        (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""),
        ("accept", ""), ("access-control-allow-origin", ""), ("age", ""), ("allow", ""),
        ("authorization", ""), ("cache-control", ""), ("content-disposition", ""),
        ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""),
        ("date", ""), ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""),
        ("if-match", ""), ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""),
        ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""), ("location", ""),
        ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""),
        ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""),
        ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
        ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ]
}
