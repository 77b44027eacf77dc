// SPDX-License-Identifier: MIT

/// Compares sent bodies with their content-length, RFC 9113 §8.1.1.
///
/// The peer would treat a message whose length differs as malformed. H2 compares nothing if
/// `validateOutboundHeaders` is off.
extension ConnectionCore {
    /// Returns the number of body bytes to send after a request; negative if H2 does not check it,
    /// because the request has no content-length or `validateOutboundHeaders` is off.
    @inline(__always)
    func unsentContent(of facts: FieldFacts) -> Int {
        guard case .bytes(let length) = facts.contentLength, configuration.validateOutboundHeaders
        else { return -1 }
        return length
    }

    /// Returns the number of body bytes to send after a section on a live stream: 0 after a
    /// response that must not have content, RFC 9110 §6.4.1 and §15.3.6; negative if H2 does not
    /// check it.
    @inline(__always)
    func unsentContent(after facts: FieldFacts, _ transition: StreamTransition, at slot: Int) -> Int
    {
        guard transition == .response else { return streams[slot].unsentContent }
        switch streams[slot].responseLength {
        case .tunnel: return -1
        case .ofConnect where facts.status.isSuccessful: return -1
        case .ofHead: return unsentContentOfEmptyBody
        case .announced, .ofConnect, .unknown:
            switch facts.status {
            case .noContent, .resetContent, .notModified: return unsentContentOfEmptyBody
            // The request of an upgrade may have been a HEAD.
            default: return streams[slot].responseLength == .unknown ? -1 : unsentContent(of: facts)
            }
        }
    }

    private var unsentContentOfEmptyBody: Int { configuration.validateOutboundHeaders ? 0 : -1 }

    /// Throws if a stream would end before its body is complete.
    @inline(__always)
    func checkIsSent(_ unsent: Int, on id: H2StreamID) throws(H2Error) {
        if unsent > 0 { throw Self.wrongBodyLength(id, expected: unsent, actual: 0) }
    }

    /// Throws if the length of a body differs from the number of bytes to send.
    @inline(__always)
    func checkBody(_ length: Int, _ unsent: Int, on id: H2StreamID) throws(H2Error) {
        guard unsent < 0 || unsent == length else {
            throw Self.wrongBodyLength(id, expected: unsent, actual: length)
        }
    }

    /// Throws if a piece of a body is longer than the rest of the body, or ends the body too early.
    @inline(__always)
    func checkContent(_ length: Int, at slot: Int, endStream: Bool) throws(H2Error) {
        let unsent = streams[slot].unsentContent
        guard unsent >= 0 else { return }
        guard length <= unsent, !endStream || length == unsent else {
            throw Self.wrongBodyLength(
                H2StreamID(streams[slot].id), expected: unsent, actual: length)
        }
    }

    @inline(never)
    private static func wrongBodyLength(
        _ id: H2StreamID, expected: Int, actual: Int
    ) -> H2Error {
        let reason =
            if expected == 0 {
                "body exceeds content-length, or no body is allowed, RFC 9113 §8.1.1"
            } else if actual > expected {
                "body exceeds content-length, RFC 9113 §8.1.1"
            } else {
                "body is shorter than content-length, RFC 9113 §8.1.1"
            }
        return .local(
            .invalidBodyLength, on: id, expected: expected, actual: actual, reason)
    }
}
