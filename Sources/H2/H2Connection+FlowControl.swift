// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Hands bytes that were received and are done with back to the peer, for the stream and the
    /// connection.
    ///
    /// WINDOW_UPDATE is sent when enough has come together: half a window, or 1,024 bytes where the
    /// window is empty. A stream that is closed meanwhile is no error: its bytes still count for
    /// the connection. In h2: `acknowledge_received_data`.
    ///
    /// - Parameters:
    ///   - size: Bytes, padding included: `flowControlledLength` of the event. More than was
    ///     received counts as that.
    ///   - id: The stream on which they were received.
    /// - Throws: `.invalidArgument` for a negative size or stream 0; `.noSuchStream`;
    ///   `.protocolViolation` when an error ended the connection; `.notInitiated`.
    public func acknowledgeReceivedData(_ size: Int, on id: H2StreamID) throws(H2Error) {
        try core.acknowledgeReceivedData(size, on: id)
    }

    /// Makes a window larger by hand, with WINDOW_UPDATE, RFC 9113 §6.9. In h2:
    /// `increment_flow_control_window`.
    ///
    /// - Parameters:
    ///   - increment: Bytes, 1 to 2^31-1.
    ///   - id: The stream, or 0 for the connection.
    /// - Throws: `.invalidArgument` for an increment out of range; `.flowControl` where the window
    ///   would be larger than 2^31-1; `.noSuchStream`, `.streamClosed`, or `.protocolViolation` for
    ///   a stream that takes no data.
    public func incrementFlowControlWindow(
        by increment: Int, on id: H2StreamID = .connection
    ) throws(H2Error) {
        try core.incrementFlowControlWindow(by: increment, on: id)
    }

    /// Bytes that may be **sent** on a stream now, padding included: what stream and connection
    /// both allow. It is negative after the peer lowered INITIAL_WINDOW_SIZE. In h2:
    /// `local_flow_control_window`.
    ///
    /// - Throws: `.noSuchStream` or `.streamClosed`.
    public func localFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        try core.localFlowControlWindow(on: id)
    }

    /// Bytes that the **peer** may send on a stream now, padding included. In h2:
    /// `remote_flow_control_window`.
    ///
    /// - Throws: `.noSuchStream` or `.streamClosed`.
    public func remoteFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        try core.remoteFlowControlWindow(on: id)
    }

    /// Bytes that the peer may send on the connection. In h2: `inbound_flow_control_window`.
    public var inboundFlowControlWindow: Int { core.flow.receive.available }

    /// Bytes that may be sent on the connection. In h2: `outbound_flow_control_window`.
    public var outboundFlowControlWindow: Int { core.flow.send.available }
}
