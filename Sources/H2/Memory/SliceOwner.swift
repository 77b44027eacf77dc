// SPDX-License-Identifier: MIT

extension ArraySlice<UInt8> {
    /// The array of this slice, not copied; `nil` if the slice is empty or has no owner.
    ///
    /// The cast is valid because arrays, slices and contiguous arrays refer to the same kind of
    /// storage, and a contiguous array consists only of that reference.
    @inline(__always)
    private var base: ContiguousArray<UInt8>? {
        guard count != 0, let owner = _owner else { return nil }
        return unsafe unsafeBitCast(owner, to: ContiguousArray<UInt8>.self)
    }

    /// The minimum size of a part that may keep the array of this slice alive: an eighth of the
    /// array, but at least a sixteenth of its capacity, which is up to twice its count if it grew.
    ///
    /// `capacity` of the slice equals that of the array only if both have the same end.
    @inline(__always)
    var minPartSize: Int {
        guard let base else { return 0 }
        return Swift.max((base.count &+ 7) &>> 3, (base.capacity &+ 15) &>> 4)
    }

    /// The storage of the array of this slice; `nil` if the slice has none.
    @inline(__always)
    var owner: Swift.AnyObject? {
        #if hasFeature(Embedded)
        // There, `_owner` has another type, which the slice calls AnyObject.
        unsafe unsafeBitCast(_owner, to: Swift.AnyObject?.self)
        #else
        _owner
        #endif
    }

    /// The array of this slice, not copied, and the offset of the slice in it.
    var wholeArray: (array: ContiguousArray<UInt8>, offset: Int) {
        guard let base else { return (ContiguousArray(self), 0) }
        let start = unsafe withUnsafeBufferPointer { $0.baseAddress }
        let first = unsafe base.withUnsafeBufferPointer { $0.baseAddress }
        guard let start = unsafe start, let first = unsafe first else { return (base, 0) }
        return unsafe (base, start - first)
    }
}
