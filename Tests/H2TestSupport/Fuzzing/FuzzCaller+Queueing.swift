// SPDX-License-Identifier: MIT

import H2

/// Calls of features that are off by default, which may be refused.
extension FuzzCaller {
    /// Makes such a call; returns `nil` if `kind` selects none.
    mutating func callFeature(
        _ kind: UInt8, _ input: inout FuzzInput
    ) throws(H2Error) -> Effect? {
        switch kind {
        case 32...38: return try enqueueData(&input)
        case 39, 40: return try enqueueTrailers(&input)
        case 41:
            let priority = priority(&input)
            try connection.setSendPriority(priority, on: stream(&input))
        case 42:
            let priority = priority(&input)
            // A client may also prioritize a stream that it opens later.
            let id = input.byte()
            try connection.sendPriorityUpdate(
                priority, on: id < 0x80 ? H2StreamID(UInt32(id)) : stream(&input))
        case 43: try connection.startGracefulShutdown()
        default: return nil
        }
        return .other
    }

    private mutating func enqueueData(_ input: inout FuzzInput) throws(H2Error) -> Effect {
        let id = stream(&input)
        let flags = input.byte()
        let count = [0, 1, 30, 299, 1_000, 4_096, 16_385, 70_000][Int(flags >> 5)]
        let data = nextData(count, on: id)
        let endStream = flags & 1 != 0
        let isLive = isLive(id)
        switch flags >> 1 & 7 {
        case 0:
            let slice = ([0] + data + [0])[1..<count + 1]
            try connection.enqueueData(slice, on: id, endStream: endStream)
        case 1: try connection.enqueueData(H2Bytes(data), on: id, endStream: endStream)
        case 2: try connection.enqueueData(copying: data.span, on: id, endStream: endStream)
        case 3:
            try unsafe data.withUnsafeBufferPointer { bytes throws(H2Error) in
                try unsafe connection.enqueueData(
                    copying: UnsafeRawBufferPointer(bytes), on: id, endStream: endStream)
            }
        default: try connection.enqueueData(data, on: id, endStream: endStream)
        }
        return isLive ? accepted(count, on: id) : .other
    }

    private mutating func enqueueTrailers(_ input: inout FuzzInput) throws(H2Error) -> Effect {
        let id = stream(&input)
        let trailers = FuzzHeaders(.trailers, &input)
        let isQueued = connection.queuedByteCount(on: id) > 0
        try connection.enqueueTrailers(trailers.headers, on: id)
        return isQueued
            ? .queuedTrailers(trailers, on: id.rawValue) : .headers(trailers, on: id.rawValue)
    }

    private func priority(_ input: inout FuzzInput) -> H2ExtensiblePriority {
        let choice = input.byte()
        // The urgency 8 is invalid.
        return H2ExtensiblePriority(urgency: Int(choice) % 9, isIncremental: choice & 0x80 != 0)
    }
}
