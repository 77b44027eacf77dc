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

    /// Bytes of DATA.
    package private(set) var bytes = 0
    /// Header sections.
    package private(set) var sections = 0
    /// Streams and promises beyond a limit that the peer may not know yet.
    package private(set) var refusals = 0

    package init() {}

    /// Adds what may be on the way when this side resets a stream that the peer did not end.
    ///
    /// - Parameters:
    ///   - window: Bytes that the peer could still send on it.
    ///   - sections: Header sections that it could still send.
    package mutating func add(window: Int, sections: Int) {
        // An empty frame needs no window.
        bytes += max(0, window) + Self.bytesOfEmptyFrame
        self.sections += sections
    }

    /// Notes that this side announces a limit of streams or promises.
    package mutating func limitAnnounced() { refusals = Self.refusalsPerAnnouncement }

    /// Takes a DATA frame of that flow-controlled length; false where it is an offence.
    package mutating func takeData(_ length: Int) -> Bool {
        let cost = length == 0 ? Self.bytesOfEmptyFrame : length
        guard bytes >= cost else { return false }
        bytes -= cost
        return true
    }

    /// Takes a header section; false where it is an offence.
    package mutating func takeSection() -> Bool {
        guard sections > 0 else { return false }
        sections -= 1
        return true
    }

    /// Takes a refused stream or promise; false if it is an offence.
    package mutating func takeRefusal() -> Bool {
        guard refusals > 0 else { return false }
        refusals -= 1
        return true
    }
}
