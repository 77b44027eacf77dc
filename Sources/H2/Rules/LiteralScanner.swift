// SPDX-License-Identifier: MIT

/// Finds a name or value in a field block that is too long for nghttp2 to decode, RFC 7541 §6.
///
/// nghttp2 reports the same error for a literal that is too long and for a block that is malformed;
/// the scanner distinguishes them. The block arrives in pieces that may be cut anywhere.
struct LiteralScanner {
    /// The length of the longest name or value that nghttp2 decodes, in compressed bytes.
    static let maxLiteralLength = 65_536

    private enum Step {
        /// The first byte of a field or a table size update.
        case field
        /// The rest of an integer. In a literal field, the integer is the index of the name, or 0
        /// if the name itself follows; then comes the value. Otherwise a new field follows.
        case index(Int, shift: Int, isLiteral: Bool)
        /// The first byte of the length of a name or a value.
        case length(isName: Bool)
        /// The rest of a length.
        case lengthRest(Int, shift: Int, isName: Bool)
        /// The bytes of a name or a value.
        case text(left: Int, isName: Bool)
    }

    private var step = Step.field
    /// The length of the first literal that is too long, in compressed bytes.
    private(set) var oversized: Int?

    mutating func scan(_ piece: UnsafeRawBufferPointer) {
        var position = 0
        while position < piece.count, oversized == nil {
            if case .text(let left, let isName) = step {
                let count = min(left, piece.count - position)
                position += count
                step = left > count ? .text(left: left - count, isName: isName) : Self.after(isName)
                continue
            }
            take(unsafe piece[position])
            position += 1
        }
    }

    private static func after(_ isName: Bool) -> Step {
        isName ? .length(isName: false) : .field
    }

    private mutating func take(_ byte: UInt8) {
        switch step {
        case .field:
            switch byte {
            case 0x80...: begin(byte & 0x7f, mask: 0x7f, isLiteral: false)
            case 0x40...: begin(byte & 0x3f, mask: 0x3f, isLiteral: true)
            case 0x20...: begin(byte & 0x1f, mask: 0x1f, isLiteral: false)
            default: begin(byte & 0x0f, mask: 0x0f, isLiteral: true)
            }
        case .index(let value, let shift, let isLiteral):
            let sum = Self.add(byte, to: value, shift)
            step =
                byte & 0x80 != 0
                ? .index(sum, shift: shift + 7, isLiteral: isLiteral)
                : afterIndex(sum, isLiteral)
        case .length(let isName):
            let prefix = Int(byte & 0x7f)
            step =
                prefix == 0x7f
                ? .lengthRest(prefix, shift: 0, isName: isName) : text(prefix, isName)
        case .lengthRest(let value, let shift, let isName):
            let sum = Self.add(byte, to: value, shift)
            step =
                byte & 0x80 != 0
                ? .lengthRest(sum, shift: shift + 7, isName: isName) : text(sum, isName)
        case .text:
            break
        }
    }

    private mutating func begin(_ prefix: UInt8, mask: UInt8, isLiteral: Bool) {
        step =
            prefix == mask
            ? .index(Int(prefix), shift: 0, isLiteral: isLiteral)
            : afterIndex(Int(prefix), isLiteral)
    }

    private func afterIndex(_ index: Int, _ isLiteral: Bool) -> Step {
        isLiteral ? .length(isName: index == 0) : .field
    }

    private mutating func text(_ length: Int, _ isName: Bool) -> Step {
        if length > Self.maxLiteralLength { oversized = length }
        return length == 0 ? Self.after(isName) : .text(left: length, isName: isName)
    }

    /// Returns an integer with seven more bits, RFC 7541 §5.1, but at most `Int32.max`.
    private static func add(_ byte: UInt8, to value: Int, _ shift: Int) -> Int {
        guard shift <= 28 else { return Int(Int32.max) }
        return min(value + Int(byte & 0x7f) << shift, Int(Int32.max))
    }
}
