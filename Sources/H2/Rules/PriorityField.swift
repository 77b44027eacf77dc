// SPDX-License-Identifier: MIT

/// A parser for the value of a `priority` field or PRIORITY_UPDATE frame: a structured-field
/// dictionary, RFC 9651 §4.2.2, of which only the members `u` and `i` are used, RFC 9218 §4.
///
/// nghttp2 has such a parser only in releases newer than the oldest that H2 supports, and it
/// rejects both members if one of them is out of range.
struct PriorityField {
    /// The text does not have the syntax of a dictionary.
    private struct SyntaxError: Error {}

    /// A value; its content only if a priority can depend on it.
    private enum Item {
        case integer(Int)
        case boolean(Bool)
        case other
    }

    /// The size of the longest value that is parsed, in bytes. Parsing takes longer than decoding,
    /// and a short field block can contain a long value many times.
    private static let maxLength = 1_024

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Returns the priority of a request, whose `priority` field lines form one list, RFC 9110 §5.2;
    /// `nil` if it has none.
    static func parse(_ request: FieldSection) -> SendPriority? {
        guard let first = request.firstIndex(ofKnownName: .priority) else { return nil }
        var value = request.value(at: first)
        var last = first
        while value.count <= maxLength,
            let index = request.withName(
                at: first, { request.firstIndex(ofName: $0, from: last + 1) })
        {
            value += ", ".utf8
            value += request.value(at: index)
            last = index
        }
        return parse(value)
    }

    /// Returns the priority for a value. A member that is missing, out of range or of the wrong
    /// type has its default, RFC 9218 §4; so have both members of a malformed or very long value.
    static func parse(_ value: [UInt8]) -> SendPriority {
        guard value.count <= maxLength else { return .standard }
        var field = PriorityField(value)
        return (try? field.dictionary()) ?? .standard
    }

    /// Returns the value for a priority.
    static func value(of priority: SendPriority) -> [UInt8] {
        Array("u=\(priority.urgency)\(priority.isIncremental ? ", i" : "")".utf8)
    }

    private mutating func dictionary() throws(SyntaxError) -> SendPriority {
        var urgency = SendPriority.standard.urgency
        var isIncremental = SendPriority.standard.isIncremental
        skip { $0 == UInt8(ascii: " ") }
        while next != nil {
            let key = try self.key()
            let item = take("=") ? try memberValue() : .boolean(true)
            try parameters()
            // The last of several members with the same key counts.
            if key == UInt8(ascii: "u") {
                if case .integer(let number) = item, 0...7 ~= number {
                    urgency = number
                } else {
                    urgency = SendPriority.standard.urgency
                }
            } else if key == UInt8(ascii: "i") {
                if case .boolean(let flag) = item {
                    isIncremental = flag
                } else {
                    isIncremental = SendPriority.standard.isIncremental
                }
            }
            skipWhitespace()
            guard next != nil else { break }
            try expect(",")
            skipWhitespace()
            // A comma at the end is an error.
            guard next != nil else { throw SyntaxError() }
        }
        return SendPriority(urgency: urgency, isIncremental: isIncremental)
    }

    /// Parses a key; returns it if it has one character, as `u` and `i` have; otherwise `nil`.
    private mutating func key() throws(SyntaxError) -> UInt8? {
        let first = try pop()
        guard Self.isLowercase(first) || first == UInt8(ascii: "*") else { throw SyntaxError() }
        return count(while: Self.isKeyCharacter) == 0 ? first : nil
    }

    private mutating func memberValue() throws(SyntaxError) -> Item {
        guard take("(") else { return try bareItem() }
        while true {
            skip { $0 == UInt8(ascii: " ") }
            if take(")") { return .other }
            _ = try bareItem()
            try parameters()
            guard next == UInt8(ascii: " ") || next == UInt8(ascii: ")") else {
                throw SyntaxError()
            }
        }
    }

    private mutating func parameters() throws(SyntaxError) {
        while take(";") {
            skip { $0 == UInt8(ascii: " ") }
            _ = try key()
            if take("=") { _ = try bareItem() }
        }
    }

    private mutating func bareItem() throws(SyntaxError) -> Item {
        guard let next else { throw SyntaxError() }
        switch next {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: "?"):
            position += 1
            if take("1") { return .boolean(true) }
            try expect("0")
            return .boolean(false)
        case UInt8(ascii: "\""):
            position += 1
            try string()
        case UInt8(ascii: ":"):
            position += 1
            try byteSequence()
        case UInt8(ascii: "@"):
            position += 1
            guard case .integer = try number() else { throw SyntaxError() }
        case UInt8(ascii: "%"):
            position += 1
            try displayString()
        default:
            guard Self.isLetter(next) || next == UInt8(ascii: "*") else { throw SyntaxError() }
            skip(while: Self.isTokenCharacter)
        }
        return .other
    }

    /// Parses an Integer or Decimal.
    private mutating func number() throws(SyntaxError) -> Item {
        let isNegative = take("-")
        let start = position
        let length = count(while: Self.isDigit)
        guard 1...15 ~= length else { throw SyntaxError() }
        let value = bytes[start..<position].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        if take(".") {
            guard length <= 12, 1...3 ~= count(while: Self.isDigit) else { throw SyntaxError() }
            return .other
        }
        return .integer(isNegative ? -value : value)
    }

    /// Parses a String after its first quotation mark.
    private mutating func string() throws(SyntaxError) {
        while true {
            switch try pop() {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                let escaped = try pop()
                guard escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    throw SyntaxError()
                }
            case 0x20...0x7e: break
            default: throw SyntaxError()
            }
        }
    }

    /// Parses a Byte Sequence after its first colon: base64, whose padding may be missing.
    private mutating func byteSequence() throws(SyntaxError) {
        let length = count {
            Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "+")
                || $0 == UInt8(ascii: "/")
        }
        let padding = count { $0 == UInt8(ascii: "=") }
        guard length % 4 != 1, padding == 0 || padding <= 2 && (length + padding) % 4 == 0 else {
            throw SyntaxError()
        }
        try expect(":")
    }

    /// Parses a Display String after its percent sign.
    private mutating func displayString() throws(SyntaxError) {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            switch try pop() {
            case UInt8(ascii: "\""):
                guard String(validating: text, as: UTF8.self) != nil else { throw SyntaxError() }
                return
            case UInt8(ascii: "%"):
                let high = try hexDigit()
                text.append(high << 4 | (try hexDigit()))
            case let byte where 0x20...0x7e ~= byte: text.append(byte)
            default: throw SyntaxError()
            }
        }
    }

    private mutating func hexDigit() throws(SyntaxError) -> UInt8 {
        switch try pop() {
        case let digit where Self.isDigit(digit): return digit - UInt8(ascii: "0")
        case let digit where UInt8(ascii: "a")...UInt8(ascii: "f") ~= digit:
            return digit - UInt8(ascii: "a") + 10
        default: throw SyntaxError()
        }
    }

    // MARK: Characters

    /// The next character; `nil` at the end.
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func pop() throws(SyntaxError) -> UInt8 {
        guard let next else { throw SyntaxError() }
        position += 1
        return next
    }

    @inline(__always)
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(SyntaxError) {
        guard take(character) else { throw SyntaxError() }
    }

    @inline(__always)
    private mutating func skip(while isSkipped: (UInt8) -> Bool) {
        while let next, isSkipped(next) { position += 1 }
    }

    /// Skips characters, and returns their number.
    @inline(__always)
    private mutating func count(while isCounted: (UInt8) -> Bool) -> Int {
        let start = position
        skip(while: isCounted)
        return position - start
    }

    private mutating func skipWhitespace() { skip { $0 == UInt8(ascii: " ") || $0 == 9 } }

    private static func isKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "*"): true
        default: isLowercase(byte) || isDigit(byte)
        }
    }

    /// Whether a token may contain a character: a tchar of RFC 9110 §5.6.2, a colon or a slash.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: ":"), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: isLetter(byte) || isDigit(byte)
        }
    }

    private static func isLowercase(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
