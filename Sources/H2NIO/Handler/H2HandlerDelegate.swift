// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore

/// Receives the events of an ``H2Handler``.
///
/// The handler calls its delegate on the event loop of the channel, in the order in which the bytes
/// arrived. The delegate may call the handler. The output of all calls during a read burst is
/// written at its end, with one flush if the channel stays writable.
public protocol H2HandlerDelegate: AnyObject {
    /// Called when the channel is active and the handler has queued the connection preface. From
    /// then on, a client can send requests.
    func connectionStarted(_ handler: H2Handler)

    /// Called for each event other than `.dataReceived`.
    func received(_ event: H2Event, on handler: H2Handler)

    /// Called for each DATA frame. Acknowledge its data when you have processed it.
    func received(_ data: H2ReceivedData, on handler: H2Handler)

    /// Called when all bytes of a read burst have been handled, before the output is written.
    func readBurstEnded(_ handler: H2Handler)

    /// Called when the channel has ended. No other call follows.
    ///
    /// - Parameters:
    ///   - handler: The handler.
    ///   - error: The error that ended the connection, such as an `H2Error` or an error of the
    ///     channel; `nil` after a graceful shutdown or `closeConnection`, or if the peer closed the
    ///     channel.
    func connectionEnded(_ handler: H2Handler, error: (any Error)?)
}

extension H2HandlerDelegate {
    /// Does nothing.
    public func connectionStarted(_ handler: H2Handler) {}
    /// Does nothing.
    public func readBurstEnded(_ handler: H2Handler) {}
}

/// A received DATA frame.
public struct H2ReceivedData: Sendable {
    /// The stream.
    public var streamID: H2StreamID
    /// The payload without padding.
    ///
    /// This is a slice of the buffer that the channel read if the buffer contains the whole frame
    /// and the payload is at least an eighth of its storage. Otherwise, it is a copy.
    public var data: ByteBuffer
    /// The number of bytes that the frame uses of the windows, including padding. Acknowledge this
    /// number.
    public var flowControlledLength: Int
    /// Whether the frame ends the message.
    public var endsStream: Bool
}
#endif
