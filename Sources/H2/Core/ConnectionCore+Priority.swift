// SPDX-License-Identifier: MIT

/// Received and sent PRIORITY, RFC 7540 §6.3, which does not pass through nghttp2: newer releases
/// ignore the frame.
extension ConnectionCore {
    mutating func receivePriority(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try lifecycle.advance(.receivePriority)
        try charge(.controlFrames)
        let priority = try self.priority(in: frame, at: 0)
        events.append(
            .priorityUpdated(
                H2Event.PriorityUpdated(
                    streamID: H2StreamID(frame.header.streamID), priority: priority)))
    }

    /// Returns the priority in five bytes of a payload; throws if the stream depends on itself.
    func priority(in frame: ReceivedFrame, at offset: Int) throws(H2Error) -> H2Priority {
        let word = frame.word(at: offset)
        let dependsOn = word & 0x7fff_ffff
        guard dependsOn != frame.header.streamID else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(frame.header.streamID),
                "stream depends on itself, RFC 7540 §5.3.1")
        }
        return H2Priority(
            weight: Int(frame[offset + 4]) + 1, dependsOn: H2StreamID(dependsOn),
            isExclusive: word != dependsOn)
    }

    mutating func prioritize(_ id: H2StreamID, _ priority: H2Priority) throws(H2Error) {
        guard id != .connection else {
            throw .local(.invalidArgument, on: id, "stream 0 cannot have a priority")
        }
        try StreamRegistry.checkRange(of: id)
        try lifecycle.checkInitiated()
        try checkPriority(priority, of: id)
        lifecycle.state = try lifecycle.ready(for: .sendPriority)
        FrameWriter.priority(priority, of: id.rawValue, into: &outbox.queue)
    }

    /// Throws if a priority cannot be sent.
    func checkPriority(_ priority: H2Priority, of id: H2StreamID) throws(H2Error) {
        guard !isServer else {
            throw .local(.notPermitted, on: id, "a server cannot send priorities")
        }
        try StreamRegistry.checkRange(of: priority.dependsOn)
        guard priority.dependsOn != id else {
            throw .local(.protocolViolation, on: id, "a stream cannot depend on itself")
        }
        guard 1...256 ~= priority.weight else {
            throw .local(
                .protocolViolation, on: id, expected: 256, actual: priority.weight,
                "weight must be from 1 to 256")
        }
    }
}
