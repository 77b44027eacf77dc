// SPDX-License-Identifier: MIT

/// The payload of SETTINGS, RFC 9113 §6.5.1, where it lies: entries of 6 bytes.
// Safe: it lives no longer than the call that reads the bytes.
@safe struct SettingsPayload: RandomAccessCollection {
    /// Bytes of an entry.
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
