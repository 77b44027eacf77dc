// SPDX-License-Identifier: MIT

/// The value of a `priority` field or PRIORITY_UPDATE frame: a dictionary of structured fields, RFC
/// 9651 §4.2.2, of which the members `u` and `i` matter, RFC 9218 §4.
///
/// nghttp2 has a parser only in releases newer than the oldest that H2 supports, and it rejects both
/// members if one of them is out of range.
struct PriorityField {
    /// The text does not have the syntax of a dictionary.
    private struct SyntaxError: Error {}

    /// A value, as far as a priority needs it.
    private enum Item {
        case integer(Int)
        case boolean(Bool)
        case other
    }

    private var rest: ArraySlice<UInt8>

    /// Returns the priority of a value. A missing member, or one with the wrong type or out of range,
    /// has its default, RFC 9218 §4; in a malformed value, both have.
    static func parse(_ value: [UInt8]) -> SendPriority {
        var field = PriorityField(rest: value[...])
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
        while !rest.isEmpty {
            let key = try self.key()
            let item = take("=") ? try memberValue() : .boolean(true)
            try parameters()
            // The last of several members with the same key counts.
            if key.elementsEqual("u".utf8) {
                if case .integer(let number) = item, 0...7 ~= number {
                    urgency = number
                } else {
                    urgency = SendPriority.standard.urgency
                }
            } else if key.elementsEqual("i".utf8) {
                if case .boolean(let flag) = item {
                    isIncremental = flag
                } else {
                    isIncremental = SendPriority.standard.isIncremental
                }
            }
            skipWhitespace()
            guard !rest.isEmpty else { break }
            try expect(",")
            skipWhitespace()
            // A comma at the end is an error.
            guard !rest.isEmpty else { throw SyntaxError() }
        }
        return SendPriority(urgency: urgency, isIncremental: isIncremental)
    }

    private mutating func key() throws(SyntaxError) -> ArraySlice<UInt8> {
        let start = rest
        guard let first = rest.first, Self.isLowercase(first) || first == UInt8(ascii: "*") else {
            throw SyntaxError()
        }
        skip {
            Self.isLowercase($0) || Self.isDigit($0) || "_-.*".utf8.contains($0)
        }
        return start[..<rest.startIndex]
    }

    private mutating func memberValue() throws(SyntaxError) -> Item {
        guard take("(") else { return try bareItem() }
        while true {
            skip { $0 == UInt8(ascii: " ") }
            if take(")") { return .other }
            _ = try bareItem()
            try parameters()
            guard rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: ")") else {
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
        guard let first = rest.first else { throw SyntaxError() }
        switch first {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: "?"):
            rest.removeFirst()
            if take("1") { return .boolean(true) }
            try expect("0")
            return .boolean(false)
        case UInt8(ascii: "\""):
            rest.removeFirst()
            try string()
        case UInt8(ascii: ":"):
            rest.removeFirst()
            skip { Self.isLetter($0) || Self.isDigit($0) || "+/=".utf8.contains($0) }
            try expect(":")
        case UInt8(ascii: "@"):
            rest.removeFirst()
            guard case .integer = try number() else { throw SyntaxError() }
        case UInt8(ascii: "%"):
            rest.removeFirst()
            try displayString()
        default:
            guard Self.isLetter(first) || first == UInt8(ascii: "*") else { throw SyntaxError() }
            skip {
                Self.isLetter($0) || Self.isDigit($0) || "!#$%&'*+-.^_`|~:/".utf8.contains($0)
            }
        }
        return .other
    }

    /// Parses an Integer or Decimal.
    private mutating func number() throws(SyntaxError) -> Item {
        let isNegative = take("-")
        let whole = digits()
        guard 1...15 ~= whole.count else { throw SyntaxError() }
        if take(".") {
            guard whole.count <= 12, 1...3 ~= digits().count else { throw SyntaxError() }
            return .other
        }
        let value = whole.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return .integer(isNegative ? -value : value)
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let start = rest
        skip { Self.isDigit($0) }
        return start[..<rest.startIndex]
    }

    /// Parses a String after its first quotation mark.
    private mutating func string() throws(SyntaxError) {
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), "\"\\".utf8.contains(escaped) else {
                    throw SyntaxError()
                }
            case 0x20...0x7e: break
            default: throw SyntaxError()
            }
        }
        throw SyntaxError()
    }

    /// Parses a Display String after its percent sign.
    private mutating func displayString() throws(SyntaxError) {
        try expect("\"")
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard String(validating: text, as: UTF8.self) != nil else { throw SyntaxError() }
                return
            case UInt8(ascii: "%"):
                let high = try hexDigit()
                text.append(high << 4 | (try hexDigit()))
            case 0x20...0x7e: text.append(byte)
            default: throw SyntaxError()
            }
        }
        throw SyntaxError()
    }

    private mutating func hexDigit() throws(SyntaxError) -> UInt8 {
        switch rest.popFirst() {
        case .some(let digit) where Self.isDigit(digit): return digit - UInt8(ascii: "0")
        case .some(let digit) where "abcdef".utf8.contains(digit):
            return digit - UInt8(ascii: "a") + 10
        default: throw SyntaxError()
        }
    }

    // MARK: Characters

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(SyntaxError) {
        guard take(character) else { throw SyntaxError() }
    }

    private mutating func skip(while isSkipped: (UInt8) -> Bool) {
        rest = rest.drop(while: isSkipped)
    }

    private mutating func skipWhitespace() { skip { $0 == UInt8(ascii: " ") || $0 == 9 } }

    private static func isLowercase(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool { isLowercase(byte | 0x20) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
