// SPDX-License-Identifier: MIT

/// A view of the payload of a SETTINGS frame, RFC 9113 §6.5.1: entries of 6 bytes.
// Safe: a payload exists no longer than the bytes.
@safe struct SettingsPayload: RandomAccessCollection {
    /// The size of an entry in bytes.
    static let entrySize = 6

    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    var startIndex: Int { 0 }
    var endIndex: Int { unsafe bytes.count / Self.entrySize }

    subscript(index: Int) -> H2Settings.Entry {
        let offset = index * Self.entrySize
        let identifier = unsafe UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        return unsafe H2Settings.Entry(
            H2Settings.Identifier(rawValue: identifier), bytes.bigEndian32(at: offset + 2))
    }
}
