// SPDX-License-Identifier: MIT

/// A view of the fields of a section. After the bytes there are `FieldBlock.slack` more, which
/// mean nothing.
// Safe: only the holder of the block passes a view of it, and all fields lie within the bytes.
@safe struct FieldView {
    private let counts: UnsafePointer<FieldBlock.Counts>
    private let firstField: UnsafePointer<FieldLine>
    private let firstByte: UnsafeRawPointer

    @inline(__always)
    init(
        _ counts: UnsafePointer<FieldBlock.Counts>, fields: UnsafePointer<FieldLine>,
        bytes: UnsafeRawPointer
    ) {
        unsafe self.counts = unsafe counts
        unsafe self.firstField = unsafe fields
        unsafe self.firstByte = unsafe bytes
    }

    @inline(__always) var count: Int { unsafe counts.pointee.fields }
    @inline(__always) var byteCount: Int { unsafe counts.pointee.bytes }
    @inline(__always) var facts: FieldFacts {
        _read { yield unsafe counts.pointee.facts }
    }

    @inline(__always) var fields: UnsafeBufferPointer<FieldLine> {
        unsafe UnsafeBufferPointer(start: firstField, count: count)
    }

    @inline(__always) var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: firstByte, count: byteCount)
    }

    @inline(__always)
    subscript(index: Int) -> FieldLine { unsafe firstField[index] }

    @inline(__always)
    func name(of field: FieldLine) -> UnsafeBufferPointer<UInt8> {
        unsafe text(at: field.nameOffset, Int(field.nameLength))
    }

    @inline(__always)
    func value(of field: FieldLine) -> UnsafeBufferPointer<UInt8> {
        unsafe text(at: field.valueOffset, Int(field.valueLength))
    }

    @inline(__always)
    private func text(at offset: Int, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: (firstByte + offset).assumingMemoryBound(to: UInt8.self), count: count)
    }
}
