// SPDX-License-Identifier: MIT

import BenchSupport
import H2NIO
import NIOCore
import NIOPosix
import Synchronization

/// One run of a job: its options, its connection, and what both ends have received.
final class Run: Sendable {
    let job: Job
    /// The form without the suffixes `-tls` and `-built`.
    let form: String
    /// Whether to build a section for each message.
    let isBuilt: Bool
    /// TLS over the loopback interface; `nil` for a socket pair without TLS.
    private let tls: TLSContexts?
    /// The number of requests in flight.
    let width: Int
    let body: ByteBuffer
    let requests = Received()
    let responses = Received()
    /// The event loop of both ends.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    /// The executor of the tasks that send requests: that of `group` or, for the forms ending in
    /// `outside`, that of another event loop.
    let mainExecutor: H2EventLoopExecutor

    init(_ job: Job) {
        self.job = job
        var form = job.form[...]
        func removeSuffix(_ suffix: String) -> Bool {
            guard form.hasSuffix(suffix) else { return false }
            form.removeLast(suffix.count)
            return true
        }
        tls = removeSuffix("-tls") ? TLSContexts() : nil
        isBuilt = removeSuffix("-built")
        self.form = String(form)
        mainExecutor = H2EventLoopExecutor.shared(
            for: form.hasSuffix("outside")
                ? MultiThreadedEventLoopGroup(numberOfThreads: 1).any() : group.any())
        width = job.workload == "W8" ? 32 : 1
        body = ByteBuffer(bytes: job.block.prefix(job.smallBody))
    }

    /// Creates two connected channels, and returns the results of `client` and `server`.
    func connect<A: Sendable, B: Sendable>(
        client: @escaping @Sendable (any Channel) throws -> A,
        server: @escaping @Sendable (any Channel) throws -> B
    ) async throws -> (A, B) {
        let sockets = tls == nil ? ConnectedSockets.pair() : .tcp()
        let bootstrap = ClientBootstrap(group: group)
        let serverEnd = try await bootstrap.withConnectedSocket(sockets.second) { [tls] channel in
            channel.eventLoop.makeCompletedFuture {
                try tls?.addServerHandler(to: channel)
                return try server(channel)
            }
        }
        let clientEnd = try await bootstrap.withConnectedSocket(sockets.first) { [tls] channel in
            channel.eventLoop.makeCompletedFuture {
                try tls?.addClientHandler(to: channel)
                return try client(channel)
            }
        }
        return (clientEnd, serverEnd)
    }

    /// Calls `request` with the number of each request, with `width` calls at a time.
    func forEachRequest(
        _ request: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        guard width > 1 else {
            for number in 0..<job.operations { try await request(number) }
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 0..<width {
                group.addTask { [self] in
                    for number in stride(from: first, to: job.operations, by: width) {
                        try await request(number)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// The tally of what one end has received. Any thread can add to it.
final class Received: Sendable {
    private let tally = Mutex(Tally())

    var value: Tally { tally.withLock { $0 } }

    func head(fields: Int) { tally.withLock { $0.fields += fields } }

    func body(_ data: ByteBuffer) {
        tally.withLock { tally in data.withUnsafeReadableBytes { tally.add($0, isFull: false) } }
    }

    func end() { tally.withLock { $0.endMessage(isFull: false) } }
}
