// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// What an `h2_connection` points to: a connection, and all that its pointers into it need.
// Safe: it owns each block that it allocates and frees it in `deinit`; a pointer that it gives away
// lives as long as the header says.
@safe final class Handle {
    let connection: H2Connection

    // These are not guarded at run time: nothing calls back, so no call can reach them while another
    // one uses them.

    /// What was received and not yet fetched.
    @exclusivity(unchecked) var inbox = Inbox()
    /// Makes the sections that are sent.
    @exclusivity(unchecked) var maker = H2Headers.Maker()
    /// The arrays of the event that was fetched last.
    @exclusivity(unchecked) var headers = unsafe Block<h2_header>()
    @exclusivity(unchecked) var changes = unsafe Block<h2_setting_change>()

    private var lastResult: Int32 = 0
    private var lastError: H2Error?
    private var error: UnsafeMutablePointer<h2_error>?
    private var message: UnsafeMutablePointer<CChar>?

    /// The value of HTTP2-Settings, once it was asked for.
    var settingsHeader: UnsafeMutablePointer<CChar>?
    /// What the configuration points to, once it was asked for.
    var initialSettings = unsafe Block<h2_setting>()
    var limits = unsafe Block<h2_limits>()

    init(_ configuration: H2Configuration) { connection = H2Connection(configuration) }

    deinit {
        unsafe headers.free()
        unsafe changes.free()
        unsafe initialSettings.free()
        unsafe limits.free()
        unsafe error?.deallocate()
        unsafe message?.deallocate()
        unsafe settingsHeader?.deallocate()
    }

    // MARK: Errors

    /// Keeps an error for `h2_last_error`, and gives its result.
    func note(_ error: H2Error) -> Int32 {
        lastError = error
        lastResult = Number.code(of: error.kind)
        return lastResult
    }

    /// The same for events that were not fetched.
    func noteEventsPending() -> Int32 {
        lastError = .misuse("events of the bytes before were not fetched yet")
        lastResult = Number.eventsPending
        return lastResult
    }

    /// Ends what was received: the result of that.
    @inline(never)
    func endEvents() -> Int32 {
        do throws(H2Error) {
            try unsafe inbox.end()
            return Number.ok
        } catch {
            return note(error)
        }
    }

    /// The last error as the header has it; nil where there was none.
    func describeLastError() -> UnsafePointer<h2_error>? {
        guard let lastError else { return nil }
        let block = unsafe error ?? .allocate(capacity: 1)
        unsafe message?.deallocate()
        let text = unsafe Handle.cString(lastError.description)
        unsafe message = unsafe text
        var description = unsafe h2_error()
        unsafe description.result = lastResult
        unsafe description.origin = Number.origin(lastError.origin)
        unsafe description.error_code = lastError.errorCode.rawValue
        unsafe description.stream_id = lastError.streamID?.rawValue ?? 0
        unsafe description.limit = Number.limit(lastError.limit)
        unsafe description.has_expected = lastError.expected == nil ? 0 : 1
        unsafe description.has_actual = lastError.actual == nil ? 0 : 1
        unsafe description.expected = Int64(lastError.expected ?? 0)
        unsafe description.actual = Int64(lastError.actual ?? 0)
        unsafe description.message = UnsafePointer(text)
        unsafe block.initialize(to: description)
        unsafe error = unsafe block
        return unsafe UnsafePointer(block)
    }

    /// Text with a zero at its end; to be deallocated by who takes it.
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

/// An array for C that is used again and again.
@unsafe struct Block<Element: BitwiseCopyable> {
    private(set) var elements: UnsafeMutablePointer<Element>?
    private var capacity = 0

    /// Makes room for so many elements, whose old values are gone.
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
