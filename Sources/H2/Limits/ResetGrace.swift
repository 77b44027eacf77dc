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
    /// After resets that the peer caused, empty DATA frames that can be excused at a time beyond
    /// the bytes of the windows.
    private static let mostEmptyFrames = 1_024
    /// A DATA frame of fewer bytes is small: a window has room for many.
    private static let smallFrame = 64
    /// Sections that can be excused at a time: 32 for each of 64 streams, or 8 for each stream of
    /// the largest number that was open at once, whichever is more.
    private static let mostSections = 2_048
    private static let sectionsPerStream = 8
    /// The bytes of a field block that use up one more section.
    private static let bytesOfSection = 128

    /// Who caused a reset.
    package enum Cause: Sendable {
        case program
        case peer
    }

    /// Bytes of DATA on streams that the program reset.
    package private(set) var programBytes = 0
    /// DATA frames of 1 to 63 bytes that may be among them.
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
    ///   - connectionWindow: The largest size of the connection's window, which bounds the DATA
    ///     that is on the way on all streams.
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

    /// Takes a DATA frame of that flow-controlled length. Returns the cause of the reset that
    /// excuses the frame; nil if the frame is an offence.
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

    /// Takes one more section for each 128 bytes of an excused section's field block. Returns the
    /// bytes for which no section was left.
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
