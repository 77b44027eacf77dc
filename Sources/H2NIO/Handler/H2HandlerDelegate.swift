// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore

/// Receives what an ``H2Handler`` receives.
///
/// The handler calls its delegate on the event loop of the channel, in the order of the bytes. The
/// delegate may call the handler: the output of all calls during a read burst is written after it,
/// with one flush.
public protocol H2HandlerDelegate: AnyObject {
    /// The channel is active, and the handler has queued the connection preface. A client can send
    /// requests.
    func connectionStarted(_ handler: H2Handler)

    /// An event other than `.dataReceived`.
    func received(_ event: H2Event, on handler: H2Handler)

    /// A DATA frame.
    func received(_ data: H2ReceivedData, on handler: H2Handler)

    /// The bytes that the channel read have been handled; the handler writes the output next.
    func readBurstEnded(_ handler: H2Handler)

    /// The connection has ended: no other call follows.
    ///
    /// - Parameters:
    ///   - handler: The handler.
    ///   - error: The error that ended the connection, such as an `H2Error` or an error of the
    ///     channel; `nil` after a graceful shutdown, or if the peer closed the connection.
    func connectionEnded(_ handler: H2Handler, error: (any Error)?)
}

extension H2HandlerDelegate {
    public func connectionStarted(_ handler: H2Handler) {}
    public func readBurstEnded(_ handler: H2Handler) {}
}

/// A received DATA frame.
public struct H2ReceivedData: Sendable {
    /// The stream.
    public var streamID: H2StreamID
    /// The payload without padding: a slice of the buffer that the channel read if the frame was
    /// complete in it and the payload is at least an eighth of its storage; otherwise a copy.
    public var data: ByteBuffer
    /// The number of bytes that the frame takes from the windows, padding included: the number to
    /// acknowledge.
    public var flowControlledLength: Int
    /// Whether the frame ends the message.
    public var endsStream: Bool
}
#endif
