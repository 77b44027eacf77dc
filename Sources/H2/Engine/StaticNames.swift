// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Recognizes names of HPACK's static table, RFC 7541 Appendix A, by the addresses of nghttp2's
/// strings for them.
///
/// If a peer refers to a name by its index in the static table, nghttp2 passes the address of its
/// own constant string. No other string can have that address, so the bytes need not be compared,
/// which saves 1.8 % of benchmark W1. A name that the peer spells out has another address, and is
/// recognized by its bytes.
// Sendable: the memory never changes after initialization. It is never freed.
@safe struct StaticNames: @unchecked Sendable {
    private struct Entry {
        /// The address as a number: comparing optional pointers takes four more instructions.
        let address: UInt
        let name: RecognizedName
    }

    static let shared = StaticNames()

    private static let count = 512
    /// One entry for each value of `index(of:)`. If two addresses have the same index, only the
    /// later one is recognized here; the other name is recognized by its bytes.
    private let entries: UnsafeMutablePointer<Entry>

    private init() {
        let none = Entry(address: 0, name: RecognizedName(.method))
        unsafe entries = Heap.allocate(Self.count, of: Entry.self)
        unsafe entries.initialize(repeating: none, count: Self.count)
        var inflater: OpaquePointer?
        guard unsafe nghttp2_hd_inflate_new(&inflater) == 0 else { return }
        defer { unsafe nghttp2_hd_inflate_del(inflater) }
        var index = 1
        while let field = unsafe nghttp2_hd_inflate_get_table_entry(inflater, index)?.pointee,
            let start = unsafe field.name
        {
            let name = unsafe UnsafeBufferPointer(start: start, count: field.namelen)
            let address = UInt(bitPattern: start)
            unsafe entries[Self.index(of: address)] = Entry(
                address: address, name: RecognizedName(name.span))
            index += 1
        }
    }

    @inline(__always)
    private static func index(of address: UInt) -> Int {
        // The strings are close together, and each is at least four bytes with its terminator.
        Int(bitPattern: address &>> 1) & (count &- 1)
    }

    /// Returns the name at an address; `nil` if it is not an address of the static table.
    @inline(__always)
    func find(_ address: UnsafePointer<UInt8>) -> RecognizedName? {
        let address = UInt(bitPattern: address)
        let entry = unsafe entries[Self.index(of: address)]
        return entry.address == address ? entry.name : nil
    }
}
