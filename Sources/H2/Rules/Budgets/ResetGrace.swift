// SPDX-License-Identifier: MIT

/// What a peer may send on streams that this side reset or refused, before it learns of that. It is
/// not an offence until this is used up.
///
/// It is one sum for all streams: none of them has to be remembered for it.
package struct ResetGrace: Hashable, Sendable {
    /// Streams and promises that may be refused for each announcement of a new limit.
    private static let refusalsPerAnnouncement = 1_000
    /// What an empty DATA frame costs: no window bounds how many there are.
    private static let bytesOfEmptyFrame = 64
    /// Empty DATA frames that can be excused at a time after resets that the peer caused.
    private static let mostEmptyFrames = 1_024
    /// A DATA frame of fewer bytes is small: a window has room for many.
    private static let smallFrame = 64
    /// Sections that can be excused at a time: 32 for each of 64 streams, and 8 for each stream of a
    /// larger number.
    private static let mostSections = 2_048
    private static let sectionsPerStream = 8
    /// A section costs one more for each of these bytes of its field block.
    private static let bytesOfSection = 128

    /// Who caused a reset.
    package enum Cause: Sendable {
        case program
        case peer
    }

    /// Bytes of DATA on streams that the program reset.
    package private(set) var programBytes = 0
    /// Small DATA frames among them.
    package private(set) var programSmallFrames = 0
    /// Bytes of DATA on streams that H2 reset because of the peer.
    package private(set) var peerBytes = 0
    /// Header sections.
    package private(set) var sections = 0
    /// Streams and promises beyond a limit that the peer may not know yet.
    package private(set) var refusals = 0

    package init() {}

    /// Adds what may be on the way when this side resets a stream that the peer did not end.
    ///
    /// - Parameters:
    ///   - window: Bytes that the peer could still send on it.
    ///   - connectionWindow: The largest window of the connection. What is on the way on all streams
    ///     fits in it.
    ///   - sections: Header sections that the peer could still send on it.
    ///   - streams: The largest number of streams that were open at once.
    package mutating func add(
        window: Int, connectionWindow: Int, sections: Int, streams: Int, _ cause: Cause
    ) {
        // An empty frame needs no window.
        let bytes = max(0, window) + Self.bytesOfEmptyFrame
        switch cause {
        case .program:
            programBytes += bytes
            programSmallFrames = min(programSmallFrames + bytes, 2 * connectionWindow)
        case .peer:
            let most = 2 * connectionWindow + Self.mostEmptyFrames * Self.bytesOfEmptyFrame
            peerBytes = min(peerBytes + bytes, most)
        }
        let mostSections = max(Self.mostSections, streams * Self.sectionsPerStream)
        self.sections = max(self.sections, min(self.sections + sections, mostSections))
    }

    /// Notes that this side announces a limit of streams or promises.
    package mutating func limitAnnounced() { refusals = Self.refusalsPerAnnouncement }

    /// Takes a DATA frame of that flow-controlled length. Returns who caused the reset that excuses
    /// it; nil if it is an offence.
    package mutating func takeData(_ length: Int) -> Cause? {
        let cost = length == 0 ? Self.bytesOfEmptyFrame : length
        let isSmall = cost < Self.smallFrame
        if programBytes >= cost, !isSmall || programSmallFrames > 0 {
            programBytes -= cost
            if isSmall { programSmallFrames -= 1 }
            return .program
        }
        guard peerBytes >= cost else { return nil }
        peerBytes -= cost
        return .peer
    }

    /// Takes a header section; false where it is an offence.
    package mutating func takeSection() -> Bool {
        guard sections > 0 else { return false }
        sections -= 1
        return true
    }

    /// Takes what the length of an excused section's field block costs; returns the bytes for which
    /// nothing is left.
    package mutating func takeBlock(_ byteCount: Int) -> Int {
        let wanted = byteCount / Self.bytesOfSection
        let taken = min(wanted, sections)
        sections -= taken
        return (wanted - taken) * Self.bytesOfSection
    }

    /// Takes a refused stream or promise; false if it is an offence.
    package mutating func takeRefusal() -> Bool {
        guard refusals > 0 else { return false }
        refusals -= 1
        return true
    }
}
