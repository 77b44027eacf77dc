// SPDX-License-Identifier: MIT

/// Finds the frames in bytes that arrive in pieces of any size.
package struct FrameScanner {
    /// The bytes of an incomplete frame header.
    private var header: [UInt8] = []
    /// Bytes to skip before the next frame header.
    private var remaining: Int

    /// - Parameter skipped: Bytes before the first frame.
    package init(skipping skipped: Int) { remaining = skipped }

    /// Whether the last frame is complete.
    package var isAtBoundary: Bool { header.isEmpty && remaining == 0 }

    /// Returns the client-initiated streams of all frames whose headers end in `bytes`.
    package mutating func streams(in bytes: [UInt8]) -> Set<UInt32> {
        var streams: Set<UInt32> = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if remaining > 0 {
                let count = min(remaining, rest.count)
                remaining -= count
                rest = rest.dropFirst(count)
                continue
            }
            // A frame has a header of 9 bytes, RFC 9113 §4.1.
            let part = rest.prefix(9 - header.count)
            header += part
            rest = rest.dropFirst(part.count)
            guard header.count == 9 else { break }
            remaining = header[..<3].reduce(0) { $0 << 8 | Int($1) }
            let id = header[5...].reduce(0) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
            if id % 2 == 1 { streams.insert(id) }
            header.removeAll(keepingCapacity: true)
        }
        return streams
    }
}
