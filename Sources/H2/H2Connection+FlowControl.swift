// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Acknowledges received DATA, so that the peer may send more on the stream and the connection.
    ///
    /// Acknowledge every `.dataReceived` event, also if the stream has been closed in the meantime,
    /// or if the frame contained only padding: the bytes count against the window of the connection
    /// until then. If the stream is closed, H2 credits only the connection.
    ///
    /// H2 queues WINDOW_UPDATE for a window when the acknowledged bytes reach half the largest size
    /// that the window has had or, if the window is used up, exceed min(1,024, that size / 4). In
    /// h2: `acknowledge_received_data`.
    ///
    /// - Parameters:
    ///   - size: The number of bytes, padding included: `flowControlledLength` of the event. If
    ///     fewer bytes await acknowledgement, H2 acknowledges those.
    ///   - id: The stream on which the bytes were received.
    /// - Throws: `.invalidArgument` for a negative size, stream 0 or an identifier above 2^31-1;
    ///   `.noSuchStream`; `.protocolViolation` if an error has ended the connection;
    ///   `.notInitiated`.
    public func acknowledgeReceivedData(_ size: Int, on id: H2StreamID) throws(H2Error) {
        try core.acknowledgeReceivedData(size, on: id)
    }

    /// Enlarges a receive window with WINDOW_UPDATE, RFC 9113 §6.9. In h2:
    /// `increment_flow_control_window`.
    ///
    /// The call does not replace `acknowledgeReceivedData`, which refills a window up to the
    /// largest size that it has had. The window of the connection is 65,535 bytes at first, and
    /// only this call raises that size: INITIAL_WINDOW_SIZE applies to streams.
    ///
    /// - Parameters:
    ///   - increment: The number of bytes, 1 to 2^31-1.
    ///   - id: The stream, or 0 for the connection.
    /// - Throws: `.invalidArgument` for an increment out of range or an identifier above 2^31-1;
    ///   `.flowControl` if the window would exceed 2^31-1 bytes now, or after an announced
    ///   INITIAL_WINDOW_SIZE is acknowledged; `.noSuchStream`; `.streamClosed`;
    ///   `.protocolViolation` for a stream that this server promised and has not answered, or if
    ///   the connection is closed; `.notInitiated`.
    public func incrementFlowControlWindow(
        by increment: Int, on id: H2StreamID = .connection
    ) throws(H2Error) {
        try core.incrementFlowControlWindow(by: increment, on: id)
    }

    /// Returns the number of bytes, padding included, that this side may **send** on a stream: the
    /// smaller of the windows of the stream and the connection.
    ///
    /// The number can grow with `.windowUpdated`, for the stream or the connection, and with
    /// `.remoteSettingsChanged`, if the peer raised INITIAL_WINDOW_SIZE: after either, try again to
    /// send. It can be negative after the peer lowered INITIAL_WINDOW_SIZE. In h2:
    /// `local_flow_control_window`.
    ///
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1.
    public func localFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        try core.localFlowControlWindow(on: id)
    }

    /// Returns the number of bytes that `sendData` takes on a stream now, in one frame without
    /// padding: the smallest of `localFlowControlWindow`, `maxOutboundFrameSize` and what is left of
    /// the content-length.
    ///
    /// The number is 0 if `sendData` with any byte would throw: for a closed or idle stream, before
    /// the headers of a response, after the end of the body, and while data from `enqueueData` is
    /// queued on the stream.
    public func sendableByteCount(on id: H2StreamID) -> Int { core.sendableByteCount(on: id) }

    /// Returns the number of bytes, padding included, that the **peer** may send on a stream: the
    /// smaller of the windows of the stream and the connection.
    ///
    /// The number can be negative after this side lowered INITIAL_WINDOW_SIZE. In h2:
    /// `remote_flow_control_window`.
    ///
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1.
    public func remoteFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        try core.remoteFlowControlWindow(on: id)
    }

    /// The number of bytes, padding included, that the peer may send on the connection. In h2:
    /// `inbound_flow_control_window`.
    public var inboundFlowControlWindow: Int { core.flow.receive.available }

    /// The number of bytes, padding included, that this side may send on the connection. In h2:
    /// `outbound_flow_control_window`.
    public var outboundFlowControlWindow: Int { core.flow.send.available }

    /// The round-trip time that automatic flow control last measured with a PING; `nil` before the
    /// first measurement. See ``H2FlowControl/Automatic``.
    public var roundTripTime: Duration? {
        core.roundTripTime.map { .nanoseconds(Int64(clamping: $0)) }
    }
}
