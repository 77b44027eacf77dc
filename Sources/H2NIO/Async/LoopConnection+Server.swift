// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// Handles the request of a stream.
typealias RequestHandler =
    @Sendable (H2Headers, H2Body, H2ResponseWriter) async throws -> Void

/// The state of a server only.
struct ServerState {
    /// The handler and the executor of its tasks; `nil` until the program serves the connection.
    var serving: (handler: RequestHandler, executor: any TaskExecutor)?
    /// Requests that arrived before the program served the connection.
    var waiting: [(LoopStream, H2Headers)] = []
    /// Streams whose handler has returned after queuing a complete response, and whose request is
    /// incomplete.
    var unread: [LoopStream] = []
}

extension LoopConnection {
    func accept(_ request: H2Event.RequestReceived) {
        let stream = LoopStream(self)
        stream.opened(request.streamID)
        stream.isHead = request.headers.isHeadRequest
        add(stream)
        if let serving = server?.serving {
            start(stream, request.headers, serving.handler, serving.executor)
        } else {
            server?.waiting.append((stream, request.headers))
        }
    }

    /// Passes all requests to `handler`, including those that have already arrived.
    func serve(on executor: any TaskExecutor, _ handler: @escaping RequestHandler) {
        // After the end, nothing would release the handler, which may hold the connection.
        guard !end.isReached else { return }
        server?.serving = (handler, executor)
        let waiting = server?.waiting ?? []
        server?.waiting = []
        // Skip streams that have been reset in the meantime: nothing would cancel their tasks.
        for (stream, headers) in waiting where !stream.isClosed {
            start(stream, headers, handler, executor)
        }
    }

    private func start(
        _ stream: LoopStream, _ headers: H2Headers, _ handler: @escaping RequestHandler,
        _ executor: any TaskExecutor
    ) {
        end.taskStarted()
        stream.task = Task(executorPreference: executor) {
            var failure: (any Error)?
            do {
                try await handler(headers, H2Body(stream), H2ResponseWriter(stream))
            } catch {
                failure = error
            }
            stream.connection.handlerReturned(stream, failure)
        }
    }

    /// *Any thread.* Ends the stream of a handler that has returned.
    private func handlerReturned(_ stream: LoopStream, _ error: (any Error)?) {
        if eventLoop.inEventLoop {
            finish(stream, error)
        } else {
            onLoopUnlessEnded { self.finish(stream, error) }
        }
        end.taskReturned()
    }

    private func finish(_ stream: LoopStream, _ error: (any Error)?) {
        stream.task = nil
        stream.discard()
        if !stream.isClosed {
            if let error {
                stream.abandon(Self.resetCode(for: error), error)
            } else if !stream.isEndQueued {
                stream.abandon(.internalError, H2StreamError.reset(.internalError))
            } else if !stream.isReceived {
                server?.unread.append(stream)
                resetUnread()
            }
        }
    }

    private static func resetCode(for error: any Error) -> H2ErrorCode {
        switch (error as? H2StreamError)?.reason {
        case .streamClosed(.reset(let code, isRemote: false)): code
        default: error is CancellationError ? .cancel : .internalError
        }
    }

    /// Resets with NO_ERROR the streams whose response has been sent, but whose request is
    /// incomplete, RFC 9113 §8.1.
    func resetUnread() {
        guard let unread = server?.unread, !unread.isEmpty else { return }
        server?.unread.removeAll { stream in
            guard !stream.isClosed, !stream.isReceived else { return true }
            guard stream.isSent else { return false }
            try? handler.resetStream(stream.id, errorCode: .noError)
            return true
        }
    }
}
#endif
