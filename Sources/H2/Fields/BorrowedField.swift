// SPDX-License-Identifier: MIT

/// A field whose bytes belong to somebody else, in the layout of `h2_header` of the C ABI.
@unsafe
package struct BorrowedField {
    package var name: UnsafePointer<UInt8>?
    package var nameLength: Int
    package var value: UnsafePointer<UInt8>?
    package var valueLength: Int
    /// 1 if the field is never indexed.
    package var flags: UInt32
    package var reserved: UInt32

    var length: Int { unsafe nameLength &+ valueLength }

    /// Whether an address is missing.
    @inline(__always)
    var hasNull: Bool {
        unsafe (name == nil && nameLength != 0) || (value == nil && valueLength != 0)
    }

    /// Whether this field equals a field line of a section with the given bytes.
    @inline(__always)
    func isEqual(to line: FieldLine, _ bytes: UnsafeMutablePointer<UInt8>) -> Bool {
        guard unsafe Int(line.nameLength) == nameLength,
            unsafe Int(line.valueLength) == valueLength,
            unsafe (line.isNeverIndexed ? 1 : 0) == flags, unsafe !hasNull
        else { return false }
        let known = unsafe bytes + line.nameOffset
        return unsafe (name.map { unsafe haveEqualBytes($0, known, nameLength) } ?? true)
            && (value.map { unsafe haveEqualBytes($0, known + nameLength, valueLength) } ?? true)
    }

    /// Calls `body` with name and value. The lengths must not be negative.
    @inline(__always)
    func withNameAndValue<R>(_ body: (Span<UInt8>, Span<UInt8>) -> R) -> R {
        unsafe body(
            UnsafeBufferPointer(start: name, count: name == nil ? 0 : nameLength).span,
            UnsafeBufferPointer(start: value, count: value == nil ? 0 : valueLength).span)
    }
}

extension FieldSection {
    /// The number of first fields that are equal to the given ones.
    func equalFieldCount(_ borrowed: UnsafeBufferPointer<BorrowedField>) -> Int {
        unsafe withPointers { lines, bytes in
            let end = min(count, borrowed.count)
            var index = 0
            while unsafe index < end && borrowed[index].isEqual(to: lines[index], bytes) {
                index &+= 1
            }
            return index
        }
    }

    /// Replaces all fields but the first `first` by others, for which there must be room. The bytes
    /// of these first ones must be the first bytes.
    func replace(from first: Int, with borrowed: UnsafeBufferPointer<BorrowedField>) {
        truncate(to: first)
        for index in first..<borrowed.count {
            let field = unsafe borrowed[index]
            let isNeverIndexed = unsafe field.flags != 0
            let isAppended = unsafe field.withNameAndValue {
                append($0, $1, isNeverIndexed: isNeverIndexed)
            }
            precondition(isAppended, "no room for the fields")
        }
        finish()
    }

    /// Lists all fields. Their bytes do not move while the section has an owner and does not change.
    ///
    /// - Parameter list: Has room for all fields.
    func list(_ list: UnsafeMutablePointer<BorrowedField>) {
        unsafe withPointers { lines, bytes in
            for index in 0..<count {
                let line = unsafe lines[index]
                unsafe (list + index).initialize(
                    to: BorrowedField(
                        name: bytes + line.nameOffset, nameLength: Int(line.nameLength),
                        value: bytes + line.valueOffset, valueLength: Int(line.valueLength),
                        flags: line.isNeverIndexed ? 1 : 0, reserved: 0))
            }
        }
    }
}
