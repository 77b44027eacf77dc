// SPDX-License-Identifier: MIT

/// How large a header section and its block may be, and how large they were at most.
package struct SectionBounds: Hashable, Sendable {
    /// The usual length of a frame, RFC 9113 §4.2.
    private static let frameSize = 16_384

    /// Fields.
    package let fields: Int
    /// Bytes of the list, 32 added for each field.
    package private(set) var listSize: Int
    /// CONTINUATION frames.
    package private(set) var continuations: Int
    /// Bytes of the block.
    package private(set) var blockSize: Int
    private let hasListSize: Bool

    package private(set) var mostFields = 0
    package private(set) var largestList = 0
    package private(set) var mostContinuations = 0
    package private(set) var largestBlock = 0

    package init(_ limits: H2Limits) {
        fields = max(0, limits.headerFields ?? .max)
        hasListSize = limits.headerListSize != nil
        listSize = limits.headerListSize ?? .max
        continuations = limits.continuationFrames ?? .max
        blockSize = limits.headerBlockSize ?? .max
    }

    /// The caller announces MAX_HEADER_LIST_SIZE.
    ///
    /// - Parameter isAcknowledged: Until it is, the peer may go by what held before.
    package mutating func announce(_ size: Int, isAcknowledged: Bool) {
        if hasListSize { listSize = isAcknowledged ? size : max(listSize, size) }
        // Somewhere the list has to come from.
        continuations = max(continuations, size / Self.frameSize)
        blockSize = max(blockSize, size)
    }

    /// Notes what a complete section had.
    @inline(__always)
    mutating func note(fields: Int, listSize: Int) {
        mostFields = max(mostFields, fields)
        largestList = max(largestList, listSize)
    }

    /// Notes what a complete block had.
    mutating func note(continuations: Int, blockSize: Int) {
        mostContinuations = max(mostContinuations, continuations)
        largestBlock = max(largestBlock, blockSize)
    }
}
