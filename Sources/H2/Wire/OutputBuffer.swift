// SPDX-License-Identifier: MIT

/// A queue of bytes: appended at the end, removed from the front.
///
/// Large payloads are not copied: they stay in the storage that the caller passed, and the queue
/// records their positions. `joinParts` copies them into the queue's own storage to make all bytes
/// contiguous. The cost per byte is constant: a payload is joined at most once, and storage doubles
/// when it grows.
// Safe: the buffer owns its storage, and reads only bytes that were written.
@safe struct OutputBuffer: ~Copyable {
    /// Storage up to this size is kept when the queue becomes empty.
    private static let maxKeptCapacity = 65_536
    /// Smaller payloads are copied, which costs less than a separate part.
    static let minPartSize = 4_096

    private var storage: UnsafeMutableRawPointer?
    private var capacity = 0
    /// The offsets in `storage` at which the written bytes begin and end.
    private var head = 0
    private var end = 0
    /// Payloads that are not copied.
    private var parts = OutputParts()

    init() {}

    deinit { unsafe Heap.free(storage) }

    var count: Int { end &- head &+ parts.byteCount }

    /// The number of bytes allocated, and of bytes in shared payloads.
    var heldByteCount: Int { capacity + parts.byteCount }

    // MARK: Appending

    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress else { return }
        unsafe room(for: more.count).copyMemory(from: source, byteCount: more.count)
        end &+= more.count
    }

    mutating func append(_ more: ArraySlice<UInt8>) {
        unsafe more.withUnsafeBytes { unsafe append($0) }
    }

    mutating func append(_ byte: UInt8) {
        unsafe room(for: 1).storeBytes(of: byte, as: UInt8.self)
        end &+= 1
    }

    mutating func append(_ value: UInt32) {
        unsafe room(for: 4).storeBytes(of: value.bigEndian, as: UInt32.self)
        end &+= 4
    }

    mutating func append(_ header: FrameHeader) {
        let target = unsafe room(for: FrameHeader.size)
        unsafe target.storeBytes(of: header.word.bigEndian, as: UInt64.self)
        let last = UInt8(truncatingIfNeeded: header.streamID)
        unsafe target.storeBytes(of: last, toByteOffset: 8, as: UInt8.self)
        end &+= FrameHeader.size
    }

    mutating func append(zeros count: Int) {
        unsafe room(for: count).initializeMemory(as: UInt8.self, repeating: 0, count: count)
        end &+= count
    }

    /// Appends a payload. A payload that is neither small nor a small part of its array is not
    /// copied.
    ///
    /// - Parameter owner: What keeps the payload, if the output may share it.
    @inline(__always)
    mutating func append(_ payload: UnsafeRawBufferPointer, owner: PayloadOwner?) {
        guard payload.count >= Self.minPartSize, let owner,
            let shared = unsafe owner.share(payload)
        else { return unsafe append(payload) }
        parts.append(shared, at: end)
    }

    /// Appends a part of a payload, and shares its storage unless the part is small.
    mutating func append(sharing payload: SharedBytes) {
        guard payload.count >= Self.minPartSize else { return unsafe append(payload.bytes) }
        parts.append(payload, at: end)
    }

    /// Returns storage for the next `count` bytes.
    private mutating func room(for count: Int) -> UnsafeMutableRawPointer {
        if let storage = unsafe storage, count <= capacity &- end {
            return unsafe storage + end
        }
        return unsafe grow(by: count)
    }

    @inline(never)
    private mutating func grow(by count: Int) -> UnsafeMutableRawPointer {
        let kept = end - head
        let old = unsafe storage
        let needed = kept + count
        // Reuse the storage if it would be at most half full, and is not far too large.
        let isReusable =
            unsafe old != nil && needed <= capacity / 2
            && capacity <= max(Self.maxKeptCapacity, needed * 16)
        if !isReusable {
            capacity = max(512, needed * 2)
            unsafe storage = Heap.allocate(capacity)
        }
        if let old = unsafe old, let storage = unsafe storage {
            unsafe storage.copyMemory(from: old + head, byteCount: kept)
            if !isReusable { unsafe Heap.free(old) }
        }
        parts.move(by: head)
        head = 0
        end = kept
        return unsafe room(for: count)
    }

    // MARK: Removing from the end

    /// Removes all but the first `count` bytes.
    @inline(__always)
    mutating func truncate(to count: Int) {
        // Fast path: there are only written bytes.
        guard parts.isEmpty else { return truncateParts(to: count) }
        end = min(end, head &+ count)
    }

    @inline(never)
    private mutating func truncateParts(to count: Int) {
        var excess = self.count - count
        while excess > 0 {
            let written = end - max(head, parts.lastPosition ?? head)
            if written > 0 {
                let length = min(excess, written)
                end -= length
                excess -= length
            } else if !parts.isEmpty {
                excess -= parts.removeLast(upTo: excess)
            } else {
                return
            }
        }
    }

    /// Removes and returns the last `count` bytes, none of which may belong to a payload.
    mutating func removeLast(_ count: Int) -> ArraySlice<UInt8> {
        guard let storage = unsafe storage else { return [] }
        end -= count
        return unsafe Array(UnsafeRawBufferPointer(start: storage + end, count: count))[...]
    }

    mutating func removeAll() {
        head = 0
        end = 0
        if !parts.isEmpty { parts.removeAll() }
        guard capacity > Self.maxKeptCapacity else { return }
        unsafe Heap.free(storage)
        unsafe storage = nil
        capacity = 0
    }

    // MARK: Removing from the front

    /// Removes and returns up to `limit` bytes from the front.
    mutating func take(upTo limit: Int) -> [UInt8] {
        let length = min(limit, count)
        guard length > 0 else { return [] }
        if parts.isEmpty, let storage = unsafe storage {
            let taken = unsafe [UInt8](UnsafeRawBufferPointer(start: storage + head, count: length))
            drop(length)
            return taken
        }
        // The compiler does not specialize the initializer with `unsafeUninitializedCapacity`,
        // which would cost 600 instructions of a request.
        var taken: [UInt8] = []
        taken.reserveCapacity(length)
        unsafe forEachPiece(upTo: length) { piece, _ in unsafe taken.append(contentsOf: piece) }
        drop(length)
        return taken
    }

    /// Calls `body` with each piece of the first `limit` bytes, in order, and with the owner of a
    /// payload that was not copied.
    borrowing func forEachPiece(
        upTo limit: Int, _ body: (UnsafeRawBufferPointer, AnyObject?) -> Void
    ) {
        var left = limit
        var position = head
        func written(to next: Int) {
            let length = min(left, next - position)
            guard length > 0, let storage = unsafe storage else { return }
            left -= length
            unsafe body(UnsafeRawBufferPointer(start: storage + position, count: length), nil)
            position = next
        }
        for index in 0..<parts.count {
            let part = parts[index]
            written(to: part.position)
            guard left > 0 else { return }
            let bytes = part.bytes.prefix(left)
            left -= bytes.count
            unsafe body(bytes.bytes, bytes.owner)
        }
        written(to: end)
    }

    /// Removes up to `count` bytes from the front.
    mutating func drop(_ count: Int) {
        var left = min(max(count, 0), self.count)
        guard left < self.count else { return removeAll() }
        while left > 0 {
            guard let position = parts.firstPosition else {
                head += left
                return
            }
            let written = min(left, position - head)
            head += written
            left -= written
            if left > 0 { left -= parts.removeFirst(upTo: left) }
        }
    }

    /// Puts the rest of borrowed bytes back before those that were appended in the meantime.
    @inline(__always)
    mutating func prepend(_ borrowed: inout OutputBuffer) {
        // Usually one of the two is empty.
        if count == 0 {
            swap(&self, &borrowed)
        } else if borrowed.count != 0 {
            append(to: &borrowed)
            swap(&self, &borrowed)
        }
    }

    @inline(never)
    private func append(to borrowed: inout OutputBuffer) {
        var position = head
        for index in 0..<parts.count {
            let part = parts[index]
            unsafe borrowed.append(writtenBytes(in: position..<part.position))
            borrowed.parts.append(part.bytes, at: borrowed.end)
            position = part.position
        }
        unsafe borrowed.append(writtenBytes(in: position..<end))
    }

    private borrowing func writtenBytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: storage.map { unsafe $0 + range.lowerBound }, count: range.count)
    }

    // MARK: Borrowing

    /// The most payloads that are borrowed at once.
    static let maxBorrowedParts = 64

    /// Calls `body` with the first segments, in order: written bytes and up to 64 payloads.
    borrowing func withSegments<R, E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> R
    ) throws(E) -> R {
        var segments = unsafe Segments(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
        let count = unsafe list(in: &segments)
        return try unsafe body(segments.span.extracting(0..<count))
    }

    /// The number of bytes in the segments that `withSegments` passes: all bytes, unless there are
    /// more than 64 payloads.
    var segmentByteCount: Int {
        guard parts.count > Self.maxBorrowedParts else { return count }
        return (0..<Self.maxBorrowedParts).reduce(parts[Self.maxBorrowedParts].position - head) {
            $0 + parts[$1].bytes.count
        }
    }

    private typealias Segments = InlineArray<129, UnsafeRawBufferPointer>

    /// Writes views of payloads, and of the written bytes before and after each, to `segments`;
    /// returns their number.
    private borrowing func list(in segments: inout Segments) -> Int {
        let partCount = min(parts.count, Self.maxBorrowedParts)
        var count = 0
        var position = head
        for part in 0...partCount {
            let next = part < parts.count ? parts[part].position : end
            if next > position, let storage = unsafe storage {
                unsafe segments[count] = unsafe UnsafeRawBufferPointer(
                    start: storage + position, count: next - position)
                count += 1
            }
            position = next
            guard part < partCount else { break }
            unsafe segments[count] = unsafe parts[part].bytes.bytes
            count += 1
        }
        return count
    }

    /// Copies the payloads into the storage, so that all bytes are contiguous.
    @inline(__always)
    mutating func joinParts() {
        if !parts.isEmpty { joinAllParts() }
    }

    @inline(never)
    private mutating func joinAllParts() {
        let more = parts.byteCount
        // This may move the written bytes, so read positions after it.
        _ = unsafe room(for: more)
        guard let storage = unsafe storage else { return }
        // From the end, move written bytes up and copy payloads into the gaps.
        var source = end
        var target = end + more
        for index in (0..<parts.count).reversed() {
            let part = parts[index]
            let written = source - part.position
            target -= written
            unsafe (storage + target).copyMemory(
                from: storage + part.position, byteCount: written)
            source = part.position
            target -= part.bytes.count
            unsafe UnsafeMutableRawBufferPointer(start: storage + target, count: part.bytes.count)
                .copyMemory(from: part.bytes.bytes)
        }
        end += more
        parts.removeAll()
    }

    /// The written bytes, which are all bytes if the parts were joined.
    @unsafe var written: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: storage.map { unsafe ($0 + head).assumingMemoryBound(to: UInt8.self) },
            count: end - head)
    }
}
