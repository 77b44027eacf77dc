// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// The object behind an `h2_connection`: a connection, and the memory to which the C API returns
/// pointers.
// Safe: it owns each block that it allocates and frees it in `deinit`; the pointers that it returns
// live as long as the header specifies.
@safe final class Handle {
    let connection: H2Connection

    // Without exclusivity checks at run time: the library calls no callback, so accesses cannot
    // overlap.

    /// Received events that were not fetched.
    @exclusivity(unchecked) var inbox = Inbox()
    /// The cache of sections to send.
    @exclusivity(unchecked) var sections = SectionCache()
    /// The arrays of the last event that was fetched.
    @exclusivity(unchecked) var headers = unsafe Block<h2_header>()
    @exclusivity(unchecked) var changes = unsafe Block<h2_setting_change>()
    @exclusivity(unchecked) var streamIDs = unsafe Block<UInt32>()

    private var lastResult: Int32 = 0
    private var lastError: H2Error?
    /// The last error as `h2_last_error` returned it; `nil` if it was not called since the error.
    /// `h2_last_error` returns the same pointer until the next call that fails.
    private var described: UnsafeMutablePointer<h2_error>?

    /// The HTTP2-Settings value that `h2_connection_initiate_upgrade_client` returned.
    var settingsHeader: UnsafeMutablePointer<CChar>?
    /// The arrays and structures that the result of `h2_connection_configuration` points to.
    var initialSettings = unsafe Block<h2_setting>()
    var limits = unsafe Block<h2_limits>()
    var deadlines = unsafe Block<h2_deadlines>()
    var flowControl = unsafe Block<h2_flow_control>()

    init(_ configuration: H2Configuration) { connection = H2Connection(configuration) }

    deinit {
        unsafe headers.free()
        unsafe changes.free()
        unsafe streamIDs.free()
        unsafe initialSettings.free()
        unsafe limits.free()
        unsafe deadlines.free()
        unsafe flowControl.free()
        forgetDescription()
        unsafe settingsHeader?.deallocate()
    }

    // MARK: Errors

    /// Records the error for `h2_last_error` and returns its result.
    func record(_ error: H2Error) -> Int32 { record(error, as: CConstants.code(of: error.kind)) }

    /// Records `H2_ERR_EVENTS_PENDING`, which has no `H2Error.Kind`, and returns it.
    func recordEventsPending() -> Int32 {
        record(
            .misuse("call h2_connection_next_event until it returns 0 or an error"),
            as: CConstants.eventsPending)
    }

    private func record(_ error: H2Error, as result: Int32) -> Int32 {
        forgetDescription()
        lastError = error
        lastResult = result
        return result
    }

    /// Returns the result of `h2_connection_next_event` after the events in the inbox: 1 if other
    /// functions have caused an event; otherwise the result of the error, or `H2_OK`.
    @inline(never)
    func endEvents(_ event: UnsafeMutablePointer<h2_event>) -> Int32 {
        if connection.hasEvents {
            unsafe inbox.refill(with: connection.takeEvents())
            if let position = unsafe inbox.next() {
                unsafe fill(event, fromEventAt: position)
                return 1
            }
        }
        do throws(H2Error) {
            try unsafe inbox.end()
            return CConstants.ok
        } catch {
            return record(error)
        }
    }

    /// The deadline of the last error, a value of `h2_deadline`.
    var lastDeadline: Int32 { CConstants.deadline(lastError?.deadline) }

    /// Returns the last error as an `h2_error`; `nil` if no call has failed.
    func describeLastError() -> UnsafePointer<h2_error>? {
        if let described = unsafe described { return unsafe UnsafePointer(described) }
        guard let lastError else { return nil }
        var description = unsafe h2_error()
        unsafe description.result = lastResult
        unsafe description.origin = CConstants.origin(lastError.origin)
        unsafe description.error_code = lastError.errorCode.rawValue
        unsafe description.stream_id = lastError.streamID?.rawValue ?? 0
        unsafe description.limit = CConstants.limit(lastError.limit)
        unsafe description.has_expected = lastError.expected == nil ? 0 : 1
        unsafe description.has_actual = lastError.actual == nil ? 0 : 1
        unsafe description.expected = Int64(lastError.expected ?? 0)
        unsafe description.actual = Int64(lastError.actual ?? 0)
        unsafe description.message = UnsafePointer(Handle.cString(lastError.description))
        let block = UnsafeMutablePointer<h2_error>.allocate(capacity: 1)
        unsafe block.initialize(to: description)
        unsafe described = unsafe block
        return unsafe UnsafePointer(block)
    }

    private func forgetDescription() {
        guard let block = unsafe described else { return }
        unsafe block.pointee.message?.deallocate()
        unsafe block.deallocate()
        unsafe described = nil
    }

    /// Returns a zero-terminated copy, which the caller must deallocate.
    static func cString(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        var count = 0
        for byte in bytes {
            unsafe copy[count] = CChar(bitPattern: byte)
            count += 1
        }
        unsafe copy[count] = 0
        return unsafe copy
    }
}

/// A reusable array for C.
@unsafe struct Block<Element: BitwiseCopyable> {
    private(set) var elements: UnsafeMutablePointer<Element>?
    private var capacity = 0

    /// Returns storage for at least `count` elements; discards the old ones if it must grow. The
    /// result is `nil` only if `count` is 0 and there is no storage.
    mutating func reserve(_ count: Int) -> UnsafeMutablePointer<Element>? {
        if unsafe count > capacity {
            unsafe elements?.deallocate()
            unsafe capacity = max(count, 32)
            unsafe elements = .allocate(capacity: capacity)
        }
        return unsafe elements
    }

    mutating func free() {
        unsafe elements?.deallocate()
        unsafe elements = nil
        unsafe capacity = 0
    }
}
