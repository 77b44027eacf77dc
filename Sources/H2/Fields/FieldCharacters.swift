// SPDX-License-Identifier: MIT

/// Which bytes names and values may have, RFC 9113 §8.2.1: 16 at a time.
///
/// Vectors are compared with vectors only: with a scalar, or in a closure, the compiler takes them
/// apart, which costs ten times as much. What is looked at lies in a field block, behind which a
/// whole vector may be read.
enum FieldCharacters {
    private typealias Vector = SIMD16<UInt8>

    private static var lanes: Vector {
        Vector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    }

    /// Whether any byte of a block is a control character: if none is, no value has NUL, CR or LF.
    static func hasControl(_ block: UnsafeRawBufferPointer) -> Bool {
        guard let base = block.baseAddress else { return false }
        var lowest = Vector(repeating: 0xff)
        var other = lowest
        var index = 0
        while index < block.count {
            let first = unsafe base.loadUnaligned(fromByteOffset: index, as: Vector.self)
            let second = unsafe base.loadUnaligned(fromByteOffset: index &+ 16, as: Vector.self)
            lowest.replace(with: first, where: first .< lowest)
            other.replace(with: second, where: second .< other)
            index &+= 32
        }
        lowest.replace(with: other, where: other .< lowest)
        return isAny(lowest .< Vector(repeating: 0x20))
    }

    /// Whether a name is empty, or has a control character, a space, an upper-case letter, a byte
    /// above 0x7e, or a colon that is not its first byte.
    @inline(__always)
    static func isBadName(_ name: UnsafeRawPointer, _ length: Int) -> Bool {
        guard length <= 16, length != 0 else { return unsafe isBadLongName(name, length) }
        let bytes = unsafe name.loadUnaligned(as: Vector.self)
        let isName = lanes .< Vector(repeating: UInt8(truncatingIfNeeded: length))
        guard isAny(bad(bytes) .& isName) else { return false }
        // It may be the colon in front.
        return unsafe isBadLongName(name, length)
    }

    @inline(never)
    private static func isBadLongName(_ name: UnsafeRawPointer, _ length: Int) -> Bool {
        guard length != 0 else { return true }
        var left = length
        var next = unsafe name
        if unsafe name.load(as: UInt8.self) == UInt8(ascii: ":") {
            left &-= 1
            unsafe next += 1
        }
        while left > 0 {
            let bytes = unsafe next.loadUnaligned(as: Vector.self)
            let isName = lanes .< Vector(repeating: UInt8(truncatingIfNeeded: min(16, left)))
            if isAny(bad(bytes) .& isName) { return true }
            left &-= 16
            unsafe next += 16
        }
        return false
    }

    @inline(__always)
    private static func bad(_ bytes: Vector) -> SIMDMask<SIMD16<Int8>> {
        let isOutside = (bytes &- Vector(repeating: 0x21)) .> Vector(repeating: 0x5d)
        let isUpper = (bytes &- Vector(repeating: 0x41)) .< Vector(repeating: 26)
        return isOutside .| isUpper .| (bytes .== Vector(repeating: 0x3a))
    }

    /// Whether a value begins or ends with a space or tab.
    static func hasSurroundingBlank(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe value.first, let last = unsafe value.last else { return false }
        return isBlank(first) || isBlank(last)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Whether a value has NUL, CR or LF; only asked where the block has control characters.
    static func hasForbiddenControl(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe value.contains { $0 == 0x00 || $0 == 0x0a || $0 == 0x0d }
    }

    /// Whether a value of te is `trailers`, in any case.
    static func isTrailers(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe value.count == 8 && value.lazy.map { $0 | 0x20 }.elementsEqual("trailers".utf8)
    }

    private static func isAny(_ mask: SIMDMask<SIMD16<Int8>>) -> Bool {
        let words = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }
}
