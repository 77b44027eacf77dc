// SPDX-License-Identifier: MIT

/// What a peer may send on streams that this side reset, before it knows: no offence until it is
/// used up.
///
/// It is one sum for all streams: none of them has to be remembered for it.
package struct ResetGrace: Hashable, Sendable {
    /// Bytes of DATA.
    package private(set) var bytes = 0
    /// Header sections.
    package private(set) var sections = 0

    package init() {}

    /// Adds what may be on the way when this side resets a stream that the peer did not end.
    ///
    /// - Parameters:
    ///   - window: Bytes that the peer could still send on it.
    ///   - sections: Header sections that it could still send.
    package mutating func add(window: Int, sections: Int = 1) {
        bytes += max(0, window)
        self.sections += sections
    }

    /// Takes a DATA frame of that flow-controlled length; false where it is an offence. An empty
    /// frame is as dear as one of a byte.
    package mutating func takeData(_ length: Int) -> Bool {
        guard bytes >= max(1, length) else { return false }
        bytes -= max(1, length)
        return true
    }

    /// Takes a header section; false where it is an offence.
    package mutating func takeSection() -> Bool {
        guard sections > 0 else { return false }
        sections -= 1
        return true
    }
}
