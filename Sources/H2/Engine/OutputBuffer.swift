// SPDX-License-Identifier: MIT

/// Bytes for the peer: appended at the end, taken from the front.
///
/// Large payloads stay in the arrays that they came in, as parts of their own between the bytes that
/// were written here; who wants all in one piece has them copied in.
// Safe: the storage is made and freed here, and what is read of it was written.
@safe struct OutputBuffer: ~Copyable {
    /// A payload that is not copied: it comes behind so many of the bytes that were written here.
    private struct Part {
        var position: Int
        var bytes: ArraySlice<UInt8>
    }

    /// Room that is kept when all was taken.
    private static let keptCapacity = 65_536
    /// Parts for which there is room then.
    private static let keptParts = 256
    /// Payloads below this size are copied: that costs less than a part of their own.
    static let smallestPart = 4_096

    private var storage: UnsafeMutableRawPointer?
    private var capacity = 0
    /// Where the written bytes begin that were not taken yet, and where they end.
    private var head = 0
    private var end = 0
    /// In order; positions count from the start of the storage.
    private var parts: [Part] = []
    private var partByteCount = 0

    init() {}

    deinit { unsafe storage?.deallocate() }

    var count: Int { end &- head &+ partByteCount }

    /// Bytes allocated, and those of payloads that are shared.
    var heldByteCount: Int { capacity + partByteCount }

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

    /// Appends the 9 bytes of a frame header.
    mutating func append(_ word: UInt64, _ byte: UInt8) {
        let target = unsafe room(for: 9)
        unsafe target.storeBytes(of: word.bigEndian, as: UInt64.self)
        unsafe target.storeBytes(of: byte, toByteOffset: 8, as: UInt8.self)
        end &+= 9
    }

    mutating func append(zeros count: Int) {
        unsafe room(for: count).initializeMemory(as: UInt8.self, repeating: 0, count: count)
        end &+= count
    }

    /// Appends a payload without copying it. It should not be a small one.
    mutating func append(sharing bytes: ArraySlice<UInt8>) {
        parts.append(Part(position: end, bytes: bytes))
        partByteCount += bytes.count
    }

    /// Where the next bytes go; there is room for so many.
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
        // What was taken makes room, if that is half of it.
        let isRoomy = unsafe old != nil && kept + count <= capacity / 2
        if !isRoomy {
            capacity = max(512, (kept + count) * 2)
            unsafe storage = .allocate(byteCount: capacity, alignment: 16)
        }
        if let old = unsafe old, let storage = unsafe storage {
            unsafe storage.copyMemory(from: old + head, byteCount: kept)
            if !isRoomy { unsafe old.deallocate() }
        }
        for index in parts.indices { parts[index].position -= head }
        head = 0
        end = kept
        return unsafe room(for: count)
    }

    // MARK: Taking back from the end

    /// Drops all but the first bytes: what was appended since `count` was that.
    @inline(__always)
    mutating func truncate(to count: Int) {
        // Mostly nothing but what was written here last.
        guard parts.isEmpty else { return truncateParts(to: count) }
        end = min(end, head &+ count)
    }

    @inline(never)
    private mutating func truncateParts(to count: Int) {
        var excess = self.count - count
        while excess > 0 {
            let written = end - max(head, parts.last?.position ?? head)
            if written > 0 {
                let length = min(excess, written)
                end -= length
                excess -= length
            } else if let part = parts.popLast() {
                let left = max(0, part.bytes.count - excess)
                partByteCount -= part.bytes.count - left
                excess -= part.bytes.count - left
                if left > 0 {
                    parts.append(Part(position: part.position, bytes: part.bytes.prefix(left)))
                }
            } else {
                return
            }
        }
    }

    /// Takes written bytes back from the end.
    mutating func removeLast(_ count: Int) -> ArraySlice<UInt8> {
        guard let storage = unsafe storage else { return [] }
        end -= count
        return unsafe Array(UnsafeRawBufferPointer(start: storage + end, count: count))[...]
    }

    mutating func removeAll() {
        head = 0
        end = 0
        if !parts.isEmpty {
            parts.removeAll(keepingCapacity: parts.capacity <= Self.keptParts)
        }
        partByteCount = 0
        guard capacity > Self.keptCapacity else { return }
        unsafe storage?.deallocate()
        unsafe storage = nil
        capacity = 0
    }

    // MARK: Taking from the front

    /// Takes up to so many bytes from the front.
    mutating func take(upTo limit: Int) -> [UInt8] {
        let length = min(limit, count)
        guard length > 0 else { return [] }
        let taken = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, written in
            let target = UnsafeMutableRawBufferPointer(buffer)
            unsafe forEachPiece(upTo: length) { piece in
                unsafe UnsafeMutableRawBufferPointer(rebasing: target[written...])
                    .copyMemory(from: piece)
                written += piece.count
                return true
            }
        }
        drop(length)
        return taken
    }

    /// Calls with each piece of the first bytes, in order, until it returns false.
    private borrowing func forEachPiece(
        upTo limit: Int, _ body: (UnsafeRawBufferPointer) -> Bool
    ) {
        var left = limit
        var position = head
        func written(to next: Int) -> Bool {
            let length = min(left, next - position)
            guard length > 0, let storage = unsafe storage else { return true }
            left -= length
            defer { position = next }
            return unsafe body(UnsafeRawBufferPointer(start: storage + position, count: length))
        }
        for part in parts {
            guard written(to: part.position), left > 0 else { return }
            let bytes = part.bytes.prefix(left)
            left -= bytes.count
            guard unsafe bytes.withUnsafeBytes({ unsafe body($0) }) else { return }
        }
        _ = written(to: end)
    }

    /// Drops bytes from the front.
    mutating func drop(_ count: Int) {
        var left = min(max(count, 0), self.count)
        guard left < self.count else { return removeAll() }
        var dropped = 0
        while left > 0 {
            guard dropped < parts.count else {
                head += left
                break
            }
            let written = min(left, parts[dropped].position - head)
            head += written
            left -= written
            let length = min(left, parts[dropped].bytes.count)
            partByteCount -= length
            left -= length
            if length < parts[dropped].bytes.count {
                parts[dropped].bytes = parts[dropped].bytes.dropFirst(length)
                break
            }
            dropped += 1
        }
        if dropped > 0 { parts.removeFirst(dropped) }
    }

    /// Puts bytes that were lent back in front of those that came meanwhile.
    mutating func prepend(_ lent: inout OutputBuffer) {
        if count != 0 {
            unsafe forEachPiece(upTo: count) {
                unsafe lent.append($0); return true
            }
        }
        swap(&self, &lent)
    }

    // MARK: Lending

    /// Payloads that are lent at once.
    static let maxLentParts = 64

    /// Lends the first bytes in their pieces: what was written, and payloads, in turn.
    borrowing func withSegments<R, E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> R
    ) throws(E) -> R {
        var segments = unsafe Segments(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
        let count = unsafe list(in: &segments)
        return try unsafe body(segments.span.extracting(0..<count))
    }

    private typealias Segments = InlineArray<129, UnsafeRawBufferPointer>

    /// Lists payloads, and what was written before and behind them; how many pieces that are.
    private borrowing func list(in segments: inout Segments) -> Int {
        let partCount = min(parts.count, Self.maxLentParts)
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
            // The address stays: nobody touches the array as long as this is borrowed.
            unsafe parts[part].bytes.withUnsafeBytes { unsafe segments[count] = unsafe $0 }
            count += 1
        }
        return count
    }

    /// Copies the parts in, so that all bytes lie together.
    @inline(__always)
    mutating func joinParts() {
        if !parts.isEmpty { joinAllParts() }
    }

    @inline(never)
    private mutating func joinAllParts() {
        var joined = OutputBuffer()
        _ = unsafe joined.room(for: count)
        unsafe forEachPiece(upTo: count) {
            unsafe joined.append($0); return true
        }
        self = joined
    }

    /// What was written here: all bytes, if the parts were joined.
    @unsafe var written: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: storage.map { unsafe ($0 + head).assumingMemoryBound(to: UInt8.self) },
            count: end - head)
    }
}
