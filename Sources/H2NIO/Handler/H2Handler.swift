// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore

/// The last handler of a channel that uses HTTP/2, which connects the channel to an `H2Connection`.
///
/// Received bytes become calls of the delegate, and the output of calls is written to the channel.
/// While the channel is not writable, output stays in the connection, and the handler continues to
/// read. The handler passes the time of the event loop to the connection, and uses one timer for
/// all deadlines of the configuration.
///
/// The handler closes the channel after a connection error and at the end of a graceful shutdown.
/// `ChannelShouldQuiesceEvent` starts a graceful shutdown.
///
/// Use the handler only on the event loop of its channel.
public final class H2Handler: ChannelDuplexHandler {
    /// Bytes from the peer.
    public typealias InboundIn = ByteBuffer
    /// Nothing: later handlers cannot write.
    public typealias OutboundIn = Never
    /// Bytes for the peer.
    public typealias OutboundOut = ByteBuffer

    /// The phases of a connection.
    enum Phase {
        /// The channel is not active.
        case waiting
        case active
        /// The connection has ended, and its output is being written.
        case finishing
        /// The connection has no more output. Input is discarded until the channel is closed.
        case lingering
        case closed
    }

    let connection: H2Connection
    let hasDeadlines: Bool
    /// The delegate; `nil` after the end, because a delegate usually holds the handler.
    @safe @exclusivity(unchecked) var delegate: (any H2HandlerDelegate)?
    @safe @exclusivity(unchecked) var context: ChannelHandlerContext?
    @safe @exclusivity(unchecked) var phase = Phase.waiting
    /// The error that ended the connection.
    @safe @exclusivity(unchecked) var cause: (any Error)?
    /// The time of the current read burst; `nil` outside one.
    @safe @exclusivity(unchecked) var burstTime: H2Instant?
    /// Runs the tasks of the async functions, and then flushes the handler; `nil` without tasks.
    let executor: H2EventLoopExecutor?
    /// Whether `executor.beginBurst` has been called for the current read burst.
    @safe @exclusivity(unchecked) var isExecutorInBurst = false
    /// Whether a graceful shutdown begins as soon as the channel is active.
    @safe @exclusivity(unchecked) var isShutdownNeeded = false
    /// Whether the peer has ended its output while responses were being sent.
    @safe @exclusivity(unchecked) var isInputClosed = false

    @safe @exclusivity(unchecked) var inbound = InboundBytes()
    @safe @exclusivity(unchecked) var assembly: FrameAssembly
    @safe @exclusivity(unchecked) var outbound = OutboundBytes()
    @safe @exclusivity(unchecked) var timer: DeadlineTimer?
    /// The timer that closes the channel if the end of the connection takes too long.
    @safe @exclusivity(unchecked) var closeLimit: Scheduled<Void>?

    /// Whether the delegate is being called, so that further input has to wait.
    @safe @exclusivity(unchecked) var isDelivering = false
    /// Input that arrived while the delegate was being called.
    @safe @exclusivity(unchecked) var waitingInput: [Input] = []
    @safe @exclusivity(unchecked) var isFlushing = false
    @safe @exclusivity(unchecked) var isFlushNeeded = false
    @safe @exclusivity(unchecked) var isFlushScheduled = false

    /// Input of the channel.
    enum Input {
        case bytes(ByteBuffer)
        case readComplete
        case end
    }

    /// Creates a handler for a new connection.
    ///
    /// - Parameters:
    ///   - configuration: The configuration of the connection.
    ///   - delegate: Receives events. The handler holds the delegate until the channel is closed.
    public convenience init(_ configuration: H2Configuration, delegate: any H2HandlerDelegate) {
        self.init(configuration, executor: nil)
        self.delegate = delegate
    }

    /// Creates a handler whose delegate is set later.
    ///
    /// - Parameter executor: Runs the tasks of the async functions.
    init(_ configuration: H2Configuration, executor: H2EventLoopExecutor?) {
        connection = H2Connection(configuration)
        self.executor = executor
        hasDeadlines = configuration.deadlines != H2Deadlines()
        assembly = FrameAssembly(isServer: configuration.role == .server)
    }

    // MARK: Calls

    /// Calls `body` with the connection, and schedules its output to be written.
    ///
    /// Do not keep the connection. Do not call its methods that receive bytes, take events, handle
    /// deadlines or take output: only the handler may do so.
    ///
    /// - Throws: The error of `body`.
    public func withConnection<R, E: Error>(
        _ body: (H2Connection) throws(E) -> R
    ) throws(E) -> R {
        defer { outputChanged() }
        return try body(connection)
    }

    /// Sends a header section or trailers: see `H2Connection.sendHeaders`.
    ///
    /// - Throws: The errors of `H2Connection.sendHeaders`.
    public func sendHeaders(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try connection.sendHeaders(headers, on: id, endStream: endStream)
        outputChanged()
    }

    /// Sends a header section and the whole body, or throws and sends nothing.
    func sendMessage(
        _ headers: H2Headers, _ body: ByteBuffer, on id: H2StreamID
    ) throws(H2Error) {
        guard body.readableBytes > 0 else {
            return try sendHeaders(headers, on: id, endStream: true)
        }
        try connection.sendHeaders(headers, on: id, bodyLength: body.readableBytes)
        try enqueueData(body, on: id, endStream: true)
    }

    /// Queues data of any length: see `H2Connection.enqueueData`. Data of 4 KiB or more is not
    /// copied.
    ///
    /// - Throws: The errors of `H2Connection.enqueueData`.
    public func enqueueData(
        _ data: ByteBuffer, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try unsafe data.withUnsafeReadableBytes { bytes throws(H2Error) in
            if bytes.count >= OutboundBytes.minSharedSize {
                try unsafe connection.enqueueData(
                    bytes, keptBy: SharedPayload(data), on: id, endStream: endStream)
            } else if endStream, connection.canSendAtOnce(bytes.count, on: id) {
                // The queue would need an allocation.
                try unsafe connection.sendData(copying: bytes, on: id, endStream: true)
            } else {
                try unsafe connection.enqueueData(copying: bytes, on: id, endStream: endStream)
            }
        }
        outputChanged()
    }

    /// Queues trailers after the queued data: see `H2Connection.enqueueTrailers`.
    ///
    /// - Throws: The errors of `H2Connection.enqueueTrailers`.
    public func enqueueTrailers(_ headers: H2Headers, on id: H2StreamID) throws(H2Error) {
        try connection.enqueueTrailers(headers, on: id)
        outputChanged()
    }

    /// Resets a stream: see `H2Connection.resetStream`.
    ///
    /// - Throws: The errors of `H2Connection.resetStream`.
    public func resetStream(
        _ id: H2StreamID, errorCode: H2ErrorCode = .noError
    ) throws(H2Error) {
        try connection.resetStream(id, errorCode: errorCode)
        outputChanged()
    }

    /// Acknowledges data that the program has processed: see
    /// `H2Connection.acknowledgeReceivedData`.
    ///
    /// - Parameters:
    ///   - size: The number of bytes: the ``H2ReceivedData/flowControlledLength`` of the data.
    ///   - id: The stream.
    /// - Throws: The errors of `H2Connection.acknowledgeReceivedData`.
    public func acknowledgeReceivedData(_ size: Int, on id: H2StreamID) throws(H2Error) {
        try connection.acknowledgeReceivedData(size, on: id)
        outputChanged()
    }

    /// Ends the connection, and cuts off its open streams: sends GOAWAY after the output, and then
    /// closes the channel. If the channel is not active yet, closes it at once.
    public func closeConnection(errorCode: H2ErrorCode = .noError) {
        if phase == .waiting { return closeChannel() }
        guard phase == .active else { return }
        try? connection.closeConnection(errorCode: errorCode)
        finish(nil)
        outputChanged()
    }

    /// Starts a graceful shutdown: open streams continue to their end, and then the channel is
    /// closed.
    ///
    /// If the channel is not active yet, the shutdown starts when it is.
    /// `ChannelShouldQuiesceEvent` has the same effect. See `H2Connection.startGracefulShutdown`.
    public func startGracefulShutdown() {
        guard phase != .waiting else { return isShutdownNeeded = true }
        // Throws only if the connection has ended already.
        try? connection.startGracefulShutdown()
        outputChanged()
    }
}
#endif
