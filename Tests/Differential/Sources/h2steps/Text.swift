// SPDX-License-Identifier: MIT

/// Text output that makes no allocation per byte.
struct Text {
    private(set) var bytes: [UInt8] = []

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(_ number: some BinaryInteger) {
        if number >= 0 && number < 10 {
            bytes.append(0x30 + UInt8(number))
        } else {
            bytes.append(contentsOf: String(number).utf8)
        }
    }

    mutating func append(flag: Bool) { bytes.append(flag ? 0x31 : 0x30) }

    mutating func append(hex data: some Sequence<UInt8>) {
        for byte in data {
            bytes.append(Self.digits[Int(byte >> 4)])
            bytes.append(Self.digits[Int(byte & 15)])
        }
    }

    /// Appends the number of bytes and their checksum.
    mutating func append(sumOf data: some Collection<UInt8>) {
        append(data.count)
        append(",")
        append(Self.crc32(data))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1
        }
    }

    static func crc32(_ data: some Sequence<UInt8>) -> UInt32 {
        ~data.reduce(0xffff_ffff as UInt32) { table[Int(UInt8($1) ^ UInt8($0 & 0xff))] ^ ($0 >> 8) }
    }
}

/// The words of a line, read one after another.
struct Words {
    private let words: [Substring]
    private var index = 0

    init(_ line: String) { words = line.split(separator: " ") }

    /// Returns the next word. A missing word is a bug in steps.py.
    mutating func next() -> Substring {
        guard index < words.count else { fatalError("a word is missing: \(words)") }
        defer { index += 1 }
        return words[index]
    }

    mutating func number() -> Int { Self.number(next()) }

    mutating func flag() -> Bool { next() == "1" }

    /// Returns the next word as a number, or `nil` for `-`.
    mutating func numberIfAny() -> Int? {
        let word = next()
        return word == "-" ? nil : Self.number(word)
    }

    mutating func bytes() -> [UInt8] { Self.bytes(next()) }

    static func number(_ word: Substring) -> Int {
        guard let number = Int(word) else { fatalError("not a number: \(word)") }
        return number
    }

    /// Parses hexadecimal bytes, with `*COUNT:XX` for repeated bytes, joined by `+`; `-` for none.
    static func bytes(_ word: Substring) -> [UInt8] {
        guard word != "-" else { return [] }
        var result: [UInt8] = []
        for part in word.split(separator: "+") {
            if part.first == "*" {
                let pair = part.dropFirst().split(separator: ":")
                let byte = UInt8(pair[1], radix: 16) ?? 0
                result.append(contentsOf: repeatElement(byte, count: number(pair[0])))
            } else {
                var high: UInt8?
                for digit in part.utf8 {
                    let value = digit < 0x40 ? digit - 0x30 : digit - 0x57
                    if let first = high {
                        result.append(first << 4 | value)
                        high = nil
                    } else {
                        high = value
                    }
                }
            }
        }
        return result
    }
}
