// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// Passes all pending output of `sender` to `receiver` and returns whether there was any.
///
/// Small messages are passed as a borrowed span, like a transport's read buffer. For bodies, the
/// segments are copied into an array, as `writev` would, and the receiver's events may keep that
/// array.
@inline(__always)
func carry(
    _ sender: H2Connection, to receiver: H2Connection, into events: inout [H2Event], isBulk: Bool
) throws(H2Error) -> Bool {
    guard sender.hasDataToSend else { return false }
    guard isBulk else {
        _ = try sender.withDataToSend { span throws(H2Error) in
            try receiver.receiveData(copying: span, into: &events)
            return span.count
        }
        return true
    }
    while sender.hasDataToSend {
        var bytes: [UInt8] = []
        _ = sender.withSegmentsToSend { segments in
            let total = segments.indices.reduce(0) { $0 + segments[$1].count }
            bytes.append(addingCapacity: total) { output in
                output.withUnsafeMutableBufferPointer { buffer, count in
                    guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
                    for index in segments.indices {
                        guard let piece = segments[index].baseAddress else { continue }
                        (start + count).copyMemory(from: piece, byteCount: segments[index].count)
                        count += segments[index].count
                    }
                }
            }
            return total
        }
        try receiver.receiveData(bytes, into: &events)
    }
    return true
}

/// A buffer like the one into which an application reads from its socket.
struct ReadBuffer {
    private var bytes = [UInt8](repeating: 0, count: Job.framesAtATime * (9 + Job.unit))

    /// Copies the bytes of `sent` from `offset` on, as many as fit, into the buffer, and advances
    /// `offset`. Returns the filled part of the buffer; `nil` if no bytes are left.
    @inline(__always)
    mutating func read(_ sent: [UInt8], at offset: inout Int) -> ArraySlice<UInt8>? {
        let count = min(bytes.count, sent.count - offset)
        guard count > 0 else { return nil }
        bytes.withUnsafeMutableBytes { buffer in
            sent.withUnsafeBytes {
                buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + count]))
            }
        }
        offset += count
        return bytes[..<count]
    }
}
