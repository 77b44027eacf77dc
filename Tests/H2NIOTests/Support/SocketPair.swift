// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import NIOCore
import NIOPosix
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Returns the results of `client` and `server`, which initialize two connected channels, each on
/// an event loop of the group.
func connectedChannels<A: Sendable, B: Sendable>(
    on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    client: @escaping @Sendable (any Channel) throws -> A,
    server: @escaping @Sendable (any Channel) throws -> B
) async throws -> (A, B) {
    var sockets: [Int32] = [0, 0]
    #if canImport(Glibc)
    let type = Int32(SOCK_STREAM.rawValue)
    #else
    let type = SOCK_STREAM
    #endif
    let status = unsafe socketpair(AF_UNIX, type, 0, &sockets)
    try #require(status == 0)
    let bootstrap = ClientBootstrap(group: group)
    let serverEnd = try await bootstrap.withConnectedSocket(sockets[1]) { channel in
        channel.eventLoop.makeCompletedFuture { try server(channel) }
    }
    let clientEnd = try await bootstrap.withConnectedSocket(sockets[0]) { channel in
        channel.eventLoop.makeCompletedFuture { try client(channel) }
    }
    return (clientEnd, serverEnd)
}

/// The error of a test that takes too long.
struct TimeoutError: Error {}

/// Runs `body`, and throws `TimeoutError` if it takes longer than `limit` times `slowness`.
func withTimeout<R: Sendable>(
    _ limit: Duration = .seconds(20), _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit * slowness)
            throw TimeoutError()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw TimeoutError() }
        return result
    }
}
#endif
