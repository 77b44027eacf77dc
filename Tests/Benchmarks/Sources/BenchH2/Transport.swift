// SPDX-License-Identifier: MIT

import H2

/// Hands all bytes over, and tells whether there were any: the one place that does, so that a
/// cheaper way can be tried here.
///
/// Small messages are lent, as what was read into a buffer would be. Bodies go out in pieces, as
/// with `writev`, into an array that the events of the other side may keep.
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
        bytes.append(addingCapacity: sender.outboundByteCount) { output in
            output.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
                count = sender.withSegmentsToSend { segments in
                    var end = 0
                    for index in segments.indices {
                        guard let piece = segments[index].baseAddress else { continue }
                        (start + end).copyMemory(from: piece, byteCount: segments[index].count)
                        end += segments[index].count
                    }
                    return end
                }
            }
        }
        try receiver.receiveData(bytes, into: &events)
    }
    return true
}
