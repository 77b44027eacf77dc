// SPDX-License-Identifier: MIT

/// The limits on sizes for a connection, and the largest values so far.
package struct SizeBounds: Sendable {
    /// A CONTINUATION frame of fewer bytes is small. Each 512 bytes of a MAX_HEADER_LIST_SIZE that
    /// the caller sets allow one frame.
    private static let minFrameSize = 512
    /// The number of CONTINUATION frames of a block that may be empty, if they are limited.
    private static let maxEmptyContinuations = 8

    /// `Int.max` for a limit without a bound.
    private var bounds: PerSize<Int>
    private var largest = PerSize<Int>(repeating: 0)
    /// The number of CONTINUATION frames of a block that may be empty.
    let emptyContinuations: Int
    private let hasListSize: Bool

    package init(_ limits: H2Limits) {
        bounds = PerSize { SizeLimit(rawValue: $0).flatMap { limits[$0] } ?? .max }
        hasListSize = limits.headerListSize != nil
        emptyContinuations = limits.continuationFrames == nil ? .max : Self.maxEmptyContinuations
        self[.headerFields] = max(0, self[.headerFields])
        self[.settingsPerFrame] = min(self[.settingsPerFrame], SettingsRules.maxEntries)
    }

    package private(set) subscript(limit: SizeLimit) -> Int {
        @inline(__always) get { bounds[limit.rawValue] }
        set { bounds[limit.rawValue] = newValue }
    }

    /// Returns the largest value so far.
    func largest(_ limit: SizeLimit) -> Int { largest[limit.rawValue] }

    /// Records a value.
    @inline(__always)
    mutating func record(_ limit: SizeLimit, _ value: Int) {
        largest[limit.rawValue] = max(largest[limit.rawValue], value)
    }

    /// Throws `.denialOfService` if a value exceeds its bound.
    @inline(__always)
    func check(_ limit: SizeLimit, _ value: Int, on id: UInt32? = nil) throws(H2Error) {
        let bound = self[limit]
        guard value <= bound else {
            throw .exceeded(limit, on: id.map { H2StreamID($0) }, bound: bound, actual: value)
        }
    }

    /// Adjusts the bounds to a MAX_HEADER_LIST_SIZE that the caller set.
    ///
    /// - Parameter isAcknowledged: Whether the peer acknowledged it. If not, the bound of the list
    ///   does not shrink.
    mutating func announce(_ size: Int, isAcknowledged: Bool) {
        if hasListSize {
            self[.headerListSize] = isAcknowledged ? size : max(self[.headerListSize], size)
        }
        // A list of `size` bytes may need this many frames and a block of this length.
        self[.continuationFrames] = max(self[.continuationFrames], size / Self.minFrameSize)
        self[.headerBlockSize] = max(self[.headerBlockSize], size)
    }

    /// Returns the number of CONTINUATION frames beyond those that a block of `blockSize` bytes
    /// needs.
    static func surplus(continuations: Int, blockSize: Int) -> Int {
        max(0, continuations - blockSize / minFrameSize - 1)
    }
}
