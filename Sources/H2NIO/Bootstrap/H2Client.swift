// SPDX-License-Identifier: MIT

#if NIO
public import HTTPTypes
public import NIOCore
import Synchronization

/// A client of one server that connects on demand and retries refused requests.
///
/// Any task can use it. All requests share one connection. If that connection opens no more
/// streams, the next request opens another one, and the open streams of the old one continue.
///
/// ```swift
/// let client = H2Client { try await H2ClientConnection.connect(host: "example.com", port: 80) }
/// ```
public final class H2Client: Sendable {
    private struct State {
        /// The last attempt to connect.
        var attempt: ConnectionAttempt?
        /// Connections that have been replaced and have not ended.
        var replaced: [H2ClientConnection] = []
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let maxRetries: Int
    private let connect: @Sendable () async throws -> H2ClientConnection

    /// Creates a client. It does not connect yet.
    ///
    /// - Parameters:
    ///   - maxRetries: The maximum number of times that a request is retried.
    ///   - connect: Connects to the server.
    public init(
        maxRetries: Int = 3, connect: @escaping @Sendable () async throws -> H2ClientConnection
    ) {
        self.maxRetries = maxRetries
        self.connect = connect
    }

    /// Calls `use` with the connection, and again if it throws an error that is safe to retry.
    ///
    /// The error is safe to retry if the server did not process the request: see
    /// ``H2StreamError/isSafeToRetry``. `use` should send one request. If it writes a body piece by
    /// piece, it has to begin again with the first piece.
    ///
    /// - Parameter use: Sends a request, and runs where the caller runs.
    /// - Returns: The result of `use`.
    /// - Throws: The error of `connect`; the error of `use` if it is not safe to retry, or after
    ///   `maxRetries`; ``H2StreamError`` with the reason `connectionUnavailable` after `shutDown`;
    ///   `CancellationError` if the task is cancelled while it waits for the connection.
    public func withConnection<R>(
        _ use: (H2ClientConnection) async throws -> R
    ) async throws -> R {
        var retries = 0
        while true {
            let connection = try await connection()
            do {
                return try await use(connection)
            } catch let error as H2StreamError where error.isSafeToRetry && retries < maxRetries {
                retries += 1
            }
        }
    }

    /// Sends a request, and returns the whole response. Retries if the server did not process the
    /// request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: The whole body; `nil` for none.
    ///   - limit: The maximum number of bytes of the response body. The default is 1 MiB.
    ///   - deadline: The time after which the stream of each attempt is reset with CANCEL if it is
    ///     still open; `nil` for no limit.
    /// - Throws: The errors of `withConnection` and ``H2ClientConnection/response(to:body:upTo:deadline:)``.
    public func response(
        to request: HTTPRequest, body: ByteBuffer? = nil, upTo limit: Int = 1 << 20,
        deadline: Duration? = nil
    ) async throws -> H2FullResponse {
        try await withConnection { connection in
            try await connection.response(
                to: request, body: body, upTo: limit, deadline: deadline)
        }
    }

    /// Ends all connections gracefully, and waits until they have ended. Later requests fail.
    ///
    /// - Parameter grace: The time after which streams that are still open are cut off; `nil` for no
    ///   limit.
    public func shutDown(grace: Duration? = nil) async {
        let (attempt, replaced) = state.withLock { state in
            state.isShutDown = true
            return (state.attempt, state.replaced)
        }
        await withDiscardingTaskGroup { group in
            for connection in replaced { group.addTask { await connection.shutDown(grace: grace) } }
            guard let connection = try? await attempt?.connection() else { return }
            await connection.shutDown(grace: grace)
        }
    }

    /// Returns the connection when it has been established.
    private func connection() async throws -> H2ClientConnection {
        try await currentAttempt().connection()
    }

    /// Returns the attempt whose connection can be used, or starts another one.
    private func currentAttempt() throws -> ConnectionAttempt {
        try state.withLock { state in
            if state.isShutDown { throw H2StreamError(.connectionUnavailable) }
            switch state.attempt?.result {
            case .success(let connection) where !connection.isOpen:
                state.replaced.removeAll { $0.connection.end.isReached }
                state.replaced.append(connection)
            case .failure: break
            case .success, nil: if let attempt = state.attempt { return attempt }
            }
            let attempt = ConnectionAttempt(connect)
            state.attempt = attempt
            return attempt
        }
    }
}

/// An attempt to connect, for which any number of tasks can wait.
private final class ConnectionAttempt: Sendable {
    private struct State {
        var result: Result<H2ClientConnection, any Error>?
        var waiters: [Waiter<H2ClientConnection>] = []
    }

    private let state = Mutex(State())

    init(_ connect: @escaping @Sendable () async throws -> H2ClientConnection) {
        // Not a task of a caller, because cancelling it would end the attempt for all of them.
        Task {
            do {
                self.finish(.success(try await connect()))
            } catch {
                self.finish(.failure(error))
            }
        }
    }

    /// The result; `nil` until it is known.
    var result: Result<H2ClientConnection, any Error>? { state.withLock { $0.result } }

    /// Waits for the connection.
    ///
    /// - Throws: The error of the attempt; `CancellationError` if the task is cancelled.
    func connection() async throws -> H2ClientConnection {
        if let result { return try result.get() }
        let waiter = Waiter<H2ClientConnection>()
        return try await waiter.wait {
            let result = state.withLock { state in
                if state.result == nil { state.waiters.append(waiter) }
                return state.result
            }
            if let result { waiter.resume(result) }
        }
    }

    private func finish(_ result: Result<H2ClientConnection, any Error>) {
        let waiters = state.withLock { state in
            state.result = result
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(result) }
    }
}
#endif
