// SPDX-License-Identifier: MIT

/// The DATA and header sections that are excused on streams that this side reset or refused,
/// because the peer may have sent them before it received the RST_STREAM. All others are offences.
///
/// The sums are those of all streams together, so H2 need not remember each stream.
package struct ResetGrace: Hashable, Sendable {
    /// The number of refused streams and promises that an announcement of a limit excuses.
    private static let refusalsPerAnnouncement = 1_000
    /// The cost of an empty DATA frame, in bytes. No window bounds the number of empty frames.
    private static let bytesOfEmptyFrame = 64
    /// The number of empty DATA frames that can be excused at a time after resets that the peer
    /// caused, in addition to the bytes of the windows.
    private static let maxEmptyFrames = 1_024
    /// A DATA frame of fewer bytes is small. A window has room for many.
    private static let smallFrame = 64
    /// The number of sections that can be excused at a time: 32 for each of 64 streams, or 8 for
    /// each stream of the largest number that was open at once, whichever is more.
    private static let maxSections = 2_048
    private static let sectionsPerStream = 8
    /// The number of bytes of an excused field block that use up one more section.
    private static let bytesOfSection = 128

    /// The cause of a reset.
    package enum Cause: Sendable {
        /// The program called `resetStream`.
        case program
        /// The peer sent something that made H2 reset or refuse the stream.
        case peer
    }

    /// The bytes of DATA that are excused on streams that the program reset.
    package private(set) var programBytes = 0
    /// The number of DATA frames of 1 to 63 bytes that may be among them.
    package private(set) var programSmallFrames = 0
    /// The bytes of DATA that are excused on streams that H2 reset because of the peer.
    package private(set) var peerBytes = 0
    /// The number of header sections that are excused.
    package private(set) var sections = 0
    /// The number of streams and promises that are excused although they exceed a limit, because
    /// the peer may not have received the limit yet.
    package private(set) var refusals = 0

    package init() {}

    /// Excuses the frames that may be in flight when this side resets a stream that the peer has
    /// not ended.
    ///
    /// - Parameters:
    ///   - window: The bytes that the peer may still send on the stream.
    ///   - connectionWindow: The largest size of the connection's window, which bounds the DATA in
    ///     flight on all streams.
    ///   - sections: The number of header sections that the peer may still send on the stream.
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
            let maxPeerBytes = 2 * connectionWindow + Self.maxEmptyFrames * Self.bytesOfEmptyFrame
            peerBytes = min(peerBytes + bytes, maxPeerBytes)
        }
        let maxSections = max(Self.maxSections, streams * Self.sectionsPerStream)
        self.sections = max(self.sections, min(self.sections + sections, maxSections))
    }

    /// Excuses refusals after this side announced a limit of streams or promises.
    package mutating func limitAnnounced() { refusals = Self.refusalsPerAnnouncement }

    /// Stops excusing refusals, because the peer has received all announcements.
    package mutating func limitReceived() { refusals = 0 }

    /// Accounts for a DATA frame of `length` bytes, padding included. Returns the cause of the
    /// reset that excuses the frame; `nil` if the frame is an offence.
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

    /// Accounts for a header section; returns false if it is an offence.
    package mutating func takeSection() -> Bool {
        guard sections > 0 else { return false }
        sections -= 1
        return true
    }

    /// Uses up one more section for each 128 bytes of an excused section's field block. Returns the
    /// number of bytes for which no section was left.
    package mutating func takeBlock(_ byteCount: Int) -> Int {
        let needed = byteCount / Self.bytesOfSection
        let taken = min(needed, sections)
        sections -= taken
        return (needed - taken) * Self.bytesOfSection
    }

    /// Accounts for a refused stream or promise; returns false if it is an offence.
    package mutating func takeRefusal() -> Bool {
        guard refusals > 0 else { return false }
        refusals -= 1
        return true
    }
}
