// SPDX-License-Identifier: MIT

/// Which bytes names and values may have, RFC 9113 §8.2.1: 16 at a time.
///
/// Vectors are compared with vectors only: with a scalar, or in a closure, the compiler takes them
/// apart, which costs ten times as much.
enum FieldCharacters {
    private typealias Vector = SIMD16<UInt8>

    private static var lanes: Vector {
        Vector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    }

    /// Whether any byte of a block is a control character: if none is, no value has NUL, CR or LF.
    static func hasControl(_ block: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(block)
        var lowest = Vector(repeating: 0xff)
        var index = 0
        while index + 16 <= raw.count {
            let vector = unsafe raw.loadUnaligned(fromByteOffset: index, as: Vector.self)
            lowest.replace(with: vector, where: vector .< lowest)
            index += 16
        }
        if isAny(lowest .< Vector(repeating: 0x20)) { return true }
        while index < raw.count {
            if unsafe raw[index] < 0x20 { return true }
            index += 1
        }
        return false
    }

    /// Whether a name has a control character, a space, an upper-case letter, a byte above 0x7e, or
    /// a colon that is not its first byte.
    static func isBadName(_ range: Range<Int>, of block: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(block)
        var index = range.lowerBound
        if unsafe block[index] == UInt8(ascii: ":") { index += 1 }
        while index < range.upperBound {
            guard index + 16 <= raw.count else {
                return unsafe block[index..<range.upperBound].contains(where: isBadInName)
            }
            let bytes = unsafe raw.loadUnaligned(fromByteOffset: index, as: Vector.self)
            let isOutside = (bytes &- Vector(repeating: 0x21)) .> Vector(repeating: 0x5d)
            let isUpper = (bytes &- Vector(repeating: 0x41)) .< Vector(repeating: 26)
            let isColon = bytes .== Vector(repeating: 0x3a)
            let length = UInt8(truncatingIfNeeded: min(16, range.upperBound - index))
            let isName = lanes .< Vector(repeating: length)
            if isAny((isOutside .| isUpper .| isColon) .& isName) { return true }
            index += 16
        }
        return false
    }

    private static func isBadInName(_ byte: UInt8) -> Bool {
        byte &- 0x21 > 0x5d || byte &- 0x41 < 26 || byte == 0x3a
    }

    /// Whether a value begins or ends with a space or tab.
    static func isPadded(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe value.first, let last = unsafe value.last else { return false }
        return isBlank(first) || isBlank(last)
    }

    /// Whether a value has NUL, CR or LF; only asked where the block has control characters.
    static func hasForbiddenControl(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe value.contains { $0 == 0x00 || $0 == 0x0a || $0 == 0x0d }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether a value of te is `trailers`, in any case.
    static func isTrailers(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe value.count == 8 && value.lazy.map { $0 | 0x20 }.elementsEqual("trailers".utf8)
    }

    private static func isAny(_ mask: SIMDMask<SIMD16<Int8>>) -> Bool {
        let words = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }
}
