// SPDX-License-Identifier: MIT

/// Counts frames in the bytes of one direction, without using the tested library.
struct FrameTally {
    /// RST_STREAM frames by stream.
    private(set) var resets: [UInt32: Int] = [:]
    /// DATA frames on streams that the other direction had reset.
    private(set) var lateCount = 0
    /// The error codes of GOAWAY frames.
    private(set) var goAwayCodes: [UInt32] = []
    /// The number of bytes before the first frame.
    private var prefaceLength: Int
    private var rest: [UInt8] = []

    init(prefaceLength: Int) { self.prefaceLength = prefaceLength }

    var resetCount: Int { resets.values.reduce(0, +) }
    var hasError: Bool { goAwayCodes.contains { $0 != 0 } }

    mutating func count(_ bytes: [UInt8], afterResets resetsBefore: [UInt32: Int]) {
        rest += bytes
        guard rest.count >= prefaceLength else { return }
        var start = prefaceLength
        while let length = end(of: start), start + 9 + length <= rest.count {
            let id = number(at: start + 5)
            switch rest[start + 3] {
            case 0 where resetsBefore[id] != nil: lateCount += 1
            case 3: resets[id, default: 0] += 1
            case 7: goAwayCodes.append(number(at: start + 13))
            default: break
            }
            start += 9 + length
        }
        rest.removeFirst(start)
        prefaceLength = 0
    }

    /// Returns the payload length of the frame at `start`, or `nil` if its header is incomplete.
    private func end(of start: Int) -> Int? {
        start + 9 <= rest.count ? Int(number(at: start) >> 8) : nil
    }

    private func number(at position: Int) -> UInt32 {
        rest[position..<position + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
