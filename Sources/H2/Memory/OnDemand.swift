// SPDX-License-Identifier: MIT

/// Storage for a value that few connections need. It is allocated when the value is set.
// Safe: it owns the storage, and frees it in `deinit`.
@safe struct OnDemand<Value>: ~Copyable {
    private var storage: UnsafeMutablePointer<Value>?

    init() {}

    deinit {
        unsafe storage?.deinitialize(count: 1)
        unsafe Heap.free(storage)
    }

    var isEmpty: Bool { @inline(__always) get { unsafe storage == nil } }

    /// Sets the value, which must not be set yet.
    mutating func set(_ value: consuming Value) {
        precondition(isEmpty, "the value is already set")
        let new = unsafe Heap.allocate(1, of: Value.self)
        unsafe new.initialize(to: value)
        unsafe storage = unsafe new
    }

    /// The value, which must be set.
    var value: Value {
        @inline(__always) _read {
            guard let storage = unsafe storage else { preconditionFailure("the value is not set") }
            yield unsafe storage.pointee
        }
        @inline(__always) _modify {
            guard let storage = unsafe storage else { preconditionFailure("the value is not set") }
            yield unsafe &storage.pointee
        }
    }
}
