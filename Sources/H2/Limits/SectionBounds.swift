// SPDX-License-Identifier: MIT

/// How large a header section and its block may be, and how large they were at most.
package struct SectionBounds: Hashable, Sendable {
    /// A CONTINUATION frame of fewer bytes is small. Each 512 bytes of MAX_HEADER_LIST_SIZE allow
    /// one frame.
    private static let smallestFrame = 512
    /// CONTINUATION frames of a block that may be empty.
    private static let mostEmpty = 8

    /// Fields.
    package let fields: Int
    /// Bytes of the list, 32 added for each field.
    package private(set) var listSize: Int
    /// CONTINUATION frames.
    package private(set) var continuations: Int
    /// Bytes of the block.
    package private(set) var blockSize: Int
    /// CONTINUATION frames that may be empty.
    let emptyContinuations: Int
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
        emptyContinuations = limits.continuationFrames == nil ? .max : Self.mostEmpty
        blockSize = limits.headerBlockSize ?? .max
    }

    /// The caller announces MAX_HEADER_LIST_SIZE.
    ///
    /// - Parameter isAcknowledged: Until it is, the peer may go by what held before.
    package mutating func announce(_ size: Int, isAcknowledged: Bool) {
        if hasListSize { listSize = isAcknowledged ? size : max(listSize, size) }
        // Somewhere the list has to come from.
        continuations = max(continuations, size / Self.smallestFrame)
        blockSize = max(blockSize, size)
    }

    /// The number of CONTINUATION frames beyond what a block of that size needs.
    static func surplus(continuations: Int, blockSize: Int) -> Int {
        max(0, continuations - blockSize / smallestFrame - 1)
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
