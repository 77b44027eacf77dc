// SPDX-License-Identifier: MIT

/// The known name that a name equals, if any, and the kind of the name.
struct RecognizedName {
    /// The known name that the name equals; `nil` if there is none.
    let known: KnownName?
    let kind: FieldKind

    /// Recognizes a name.
    @inline(__always)
    init(_ name: Span<UInt8>) { self = KnownNameTable.shared.recognize(name) }

    @inline(__always)
    init(_ known: KnownName) {
        self.known = known
        self.kind = known.kind
    }

    /// Creates the value for a name that is not a known name.
    @inline(__always)
    init(unknown name: Span<UInt8>) {
        known = nil
        kind = name.count != 0 && name[0] == UInt8(ascii: ":") ? .unknownPseudo : .other
    }
}

/// A hash table of all known names.
///
/// No two names have the same hash, so one comparison shows whether a name is known.
// Sendable: the memory never changes after initialization. It is never freed.
@safe struct KnownNameTable: @unchecked Sendable {
    /// The only table. Each access checks whether the table is initialized, which takes half as
    /// long as recognizing a name, so a received section keeps a copy of the address.
    static let shared = KnownNameTable()

    private static let hashBits = 9
    /// Found by trial: with this multiplier, no two names have the same hash. A test checks this.
    private static let multiplier: UInt32 = 0x9755_d4c1

    /// The raw value of the known name with each hash; `FieldLine.notKnown` if there is none.
    private let numbers: UnsafeMutablePointer<UInt8>

    private init() {
        unsafe numbers = Heap.allocate(1 << Self.hashBits, of: UInt8.self)
        unsafe numbers.initialize(repeating: FieldLine.notKnown, count: 1 << Self.hashBits)
        for name in KnownName.allCases {
            let text = name.text
            unsafe numbers[Self.hash(text.utf8Start, text.utf8CodeUnitCount)] = name.rawValue
        }
    }

    /// Returns the hash of a name, which must have at least two bytes. It depends on the length,
    /// the first byte and the last two bytes.
    @inline(__always)
    private static func hash(_ name: UnsafeRawPointer, _ count: Int) -> Int {
        let first = unsafe UInt32(name.load(as: UInt8.self))
        let last = unsafe UInt32(name.loadUnaligned(fromByteOffset: count &- 2, as: UInt16.self))
        let word = first | UInt32(truncatingIfNeeded: count) &<< 8 | last.littleEndian &<< 16
        return Int((word &* multiplier) &>> UInt32(32 &- hashBits))
    }

    /// Recognizes a name.
    @inline(__always)
    func recognize(_ name: Span<UInt8>) -> RecognizedName {
        unsafe name.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count >= 2,
                let known = unsafe KnownName(rawValue: numbers[Self.hash(start, bytes.count)]),
                known.withBytes({ name.isEqual(to: $0) })
            else { return RecognizedName(unknown: name) }
            return RecognizedName(known)
        }
    }
}
