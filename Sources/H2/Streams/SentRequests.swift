// SPDX-License-Identifier: MIT

/// The requests whose HEADERS may still be in the output, so that the peer cannot act on them yet.
struct SentRequests {
    private struct Request: BitwiseCopyable {
        let id: UInt32
        /// The number of output bytes since the start of the connection up to the end of its
        /// HEADERS.
        let end: Int
    }

    /// In the order of the output.
    private var queued = Fifo<Request>()
    /// The streams whose HEADERS were discarded. Some of the streams may have ended.
    private var discarded: [UInt32] = []
    /// The number of discarded streams at which those that have ended are removed.
    private var discardedLimit = 64

    /// Records a request that was just written.
    ///
    /// - Parameters:
    ///   - end: The number of output bytes so far.
    ///   - takenCount: The number of these bytes that the caller has taken and cannot put back.
    mutating func wrote(_ id: UInt32, endingAt end: Int, takenUpTo takenCount: Int) {
        forget(takenUpTo: takenCount)
        queued.append(Request(id: id, end: end))
    }

    /// Returns the streams whose HEADERS the caller has not taken completely.
    mutating func unsent(takenUpTo takenCount: Int) -> Set<UInt32> {
        forget(takenUpTo: takenCount)
        return Set(discarded).union(queued.contents.lazy.map { $0.id })
    }

    /// Records that the output is discarded, so that the peer never receives the requests in it.
    mutating func outputDiscarded(
        takenUpTo takenCount: Int, _ streams: borrowing StreamRegistry
    ) {
        forget(takenUpTo: takenCount)
        discarded.append(contentsOf: queued.contents.lazy.map { $0.id })
        queued.removeAll()
        guard discarded.count >= discardedLimit else { return }
        var live: [UInt32] = []
        for id in discarded where streams.find(id) != nil { live.append(id) }
        discarded = live
        discardedLimit = max(64, live.count * 2)
    }

    private mutating func forget(takenUpTo takenCount: Int) {
        while let request = queued.first, request.end <= takenCount { queued.removeFirst() }
    }
}
