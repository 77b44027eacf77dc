// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore
import Synchronization

/// A connection whose streams are used by tasks.
///
/// Methods marked *any thread* can be called on any thread. Call all others on the event loop.
// Sendable: only the event loop uses the properties that change.
final class LoopConnection: H2HandlerDelegate, @unchecked Sendable {
    let eventLoop: any EventLoop
    let executor: H2EventLoopExecutor
    let highWaterMark: Int
    let handler: H2Handler
    /// The channel. It is set before other threads can use the connection.
    @safe @exclusivity(unchecked) var channel: (any Channel)?
    @safe @exclusivity(unchecked) private var streams: [H2StreamID: LoopStream] = [:]
    /// The stream of the last event, which is usually also that of the next one.
    @safe @exclusivity(unchecked) private var lastStream: LoopStream?
    /// The streams whose readers are resumed at the end of the read burst.
    @safe @exclusivity(unchecked) var readyStreams: [LoopStream] = []
    @safe @exclusivity(unchecked) var server: ServerState?
    @safe @exclusivity(unchecked) var client = ClientState()
    /// Whether a client can open streams. Readable on any thread.
    let opensStreams = Atomic(true)
    @safe @exclusivity(unchecked) private var pings: [H2PingData: (NIODeadline, Waiter<Duration>)] =
        [:]
    @safe @exclusivity(unchecked) private var pingCount: UInt64 = 0
    /// The end of the connection. Any thread can use it.
    let end = ConnectionEnd()
    /// The error with which the peer ended the connection.
    @safe @exclusivity(unchecked) private var termination: H2TerminationError?
    /// The timers of the grace periods of shutdowns.
    @safe @exclusivity(unchecked) private var graceLimits: [Scheduled<Void>] = []

    init(_ configuration: H2Configuration, executor: H2EventLoopExecutor) {
        self.executor = executor
        eventLoop = executor.eventLoop
        // `isFull` would always be true below 0.
        highWaterMark = max(0, configuration.sendQueueHighWaterMark)
        var configuration = configuration
        configuration.reportsStreamOutcomes = true
        if configuration.flowControl == .manual { configuration.flowControl = .automatic }
        if configuration.role == .client { configuration.initialSettings[.enablePush] = 0 }
        handler = H2Handler(configuration, executor: executor)
        handler.delegate = self
    }

    /// *Any thread.* Calls `body` on the event loop: at once if the caller runs on it, and
    /// otherwise in its next turn.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    /// *Any thread.* Calls `body` on the event loop, unless the connection has ended. The event
    /// loop may then have been shut down.
    func onLoopUnlessEnded(_ body: @escaping @Sendable () -> Void) {
        if !end.isReached { onLoop(body) }
    }

    /// *Any thread.* Throws if the connection has ended.
    func checkNotEnded() throws {
        if end.isReached { throw H2StreamError(.connectionUnavailable) }
    }

    func add(_ stream: LoopStream) {
        streams[stream.id] = stream
        lastStream = stream
    }

    /// *Any thread.* Returns the number of open streams and of tasks that handle requests.
    func usage() async throws -> (streams: Int, tasks: Int) {
        let waiter = Waiter<(streams: Int, tasks: Int)>()
        return try await waiter.wait {
            onLoop {
                waiter.resume(.success((self.streams.count, self.end.taskCount)))
            }
        }
    }

    private func stream(_ id: H2StreamID) -> LoopStream? {
        if let lastStream, lastStream.id == id { return lastStream }
        guard let stream = streams[id] else { return nil }
        lastStream = stream
        return stream
    }

    private func close(_ event: H2Event.StreamClosed) {
        guard let stream = stream(event.streamID) else { return }
        lastStream = nil
        streams[event.streamID] = nil
        stream.closed(event.outcome)
    }

    // MARK: Events

    func connectionStarted(_ handler: H2Handler) { openWaiting() }

    func received(_ data: H2ReceivedData, on handler: H2Handler) {
        guard let stream = stream(data.streamID) else {
            try? handler.acknowledgeReceivedData(data.flowControlledLength, on: data.streamID)
            return
        }
        stream.receive(data)
    }

    func received(_ event: H2Event, on handler: H2Handler) {
        switch event {
        case .requestReceived(let request): accept(request)
        case .responseReceived(let response):
            stream(response.streamID)?.receiveHead(response.headers)
        case .informationalResponseReceived(let response):
            stream(response.streamID)?.onInformational?(response.headers)
        case .trailersReceived(let trailers):
            stream(trailers.streamID)?.receiveTrailers(trailers.headers)
        case .streamEnded(let ended): stream(ended.streamID)?.receiveEnd()
        case .sendQueueDrained(let drained): stream(drained.streamID)?.roomAvailable()
        case .streamClosed(let closed):
            close(closed)
            openWaiting()
        case .remoteSettingsChanged: openWaiting()
        case .pingAckReceived(let ping): answered(ping.data)
        case .connectionTerminated(let event): goingAway(event)
        default: break
        }
    }

    func readBurstEnded(_ handler: H2Handler) {
        for stream in readyStreams { stream.resumeReaders() }
        readyStreams.removeAll(keepingCapacity: true)
        resetUnread()
    }

    func connectionEnded(_ handler: H2Handler, error: (any Error)?) {
        // The connection can end in a read burst.
        readBurstEnded(handler)
        for stream in streams.values { stream.closed(.cutOff) }
        streams = [:]
        failWaiting()
        server?.serving = nil
        for (_, ping) in pings { ping.1.resume(.failure(H2StreamError(.connectionUnavailable))) }
        pings = [:]
        for limit in graceLimits { limit.cancel() }
        graceLimits = []
        end.reach(error ?? termination)
    }

    private func goingAway(_ event: H2Event.ConnectionTerminated) {
        if event.errorCode != .noError { termination = H2TerminationError(event) }
        guard handler.connection.configuration.role == .client else { return }
        failWaiting()
        handler.startGracefulShutdown()
    }

    // MARK: Ending

    /// Ends the connection gracefully, and closes it when the grace period has passed.
    func shutDown(within grace: Duration?) {
        failWaiting()
        handler.startGracefulShutdown()
        guard let grace, !end.isReached else { return }
        graceLimits.append(
            eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(max(grace, .zero))) {
                if !self.end.isReached { self.handler.cutOff() }
            })
    }

    // MARK: Pings

    /// *Any thread.* Sends a PING and returns the time until its acknowledgement.
    func ping() async throws -> Duration {
        try checkNotEnded()
        let waiter = Waiter<Duration>()
        return try await waiter.wait { onLoop { self.ping(waiter) } }
    }

    private func ping(_ waiter: Waiter<Duration>) {
        // Remove the entries of tasks that were cancelled.
        pings = pings.filter { $0.value.1.isWaiting }
        pingCount += 1
        let data = H2PingData(pingCount)
        do throws(H2Error) {
            try handler.withConnection { connection throws(H2Error) in try connection.ping(data) }
            pings[data] = (eventLoop.now, waiter)
        } catch {
            waiter.resume(.failure(error))
        }
    }

    private func answered(_ data: H2PingData) {
        guard let (start, waiter) = pings.removeValue(forKey: data) else { return }
        waiter.resume(.success(.nanoseconds((eventLoop.now - start).nanoseconds)))
    }
}
#endif
