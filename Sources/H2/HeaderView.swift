// SPDX-License-Identifier: MIT

/// A view of the fields of a section. After the bytes there are `HeaderBlock.slack` more, which
/// mean nothing.
// Safe: only the holder of the block passes a view of it, and all fields lie within the bytes.
@safe struct HeaderView {
    private let counts: UnsafePointer<HeaderBlock.Counts>
    private let firstField: UnsafePointer<HeaderField>
    private let firstByte: UnsafeRawPointer

    @inline(__always)
    init(
        _ counts: UnsafePointer<HeaderBlock.Counts>, fields: UnsafePointer<HeaderField>,
        bytes: UnsafeRawPointer
    ) {
        unsafe self.counts = unsafe counts
        unsafe self.firstField = unsafe fields
        unsafe self.firstByte = unsafe bytes
    }

    @inline(__always) var count: Int { unsafe counts.pointee.fields }
    @inline(__always) var byteCount: Int { unsafe counts.pointee.bytes }
    @inline(__always) var facts: HeaderFacts {
        _read { yield unsafe counts.pointee.facts }
    }

    @inline(__always) var fields: UnsafeBufferPointer<HeaderField> {
        unsafe UnsafeBufferPointer(start: firstField, count: count)
    }

    @inline(__always) var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: firstByte, count: byteCount)
    }

    @inline(__always)
    subscript(index: Int) -> HeaderField { unsafe firstField[index] }

    @inline(__always)
    func name(of field: HeaderField) -> UnsafeBufferPointer<UInt8> {
        unsafe text(at: field.nameOffset, Int(field.nameLength))
    }

    @inline(__always)
    func value(of field: HeaderField) -> UnsafeBufferPointer<UInt8> {
        unsafe text(at: field.valueOffset, Int(field.valueLength))
    }

    @inline(__always)
    private func text(at offset: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: (firstByte + offset).assumingMemoryBound(to: UInt8.self), count: count)
    }
}
