// SPDX-License-Identifier: MIT

#if NIO
extension H2ServerConnection {
    /// The number of open streams and of tasks that handle requests.
    package func usage() async throws -> (streams: Int, tasks: Int) {
        try await connection.usage()
    }
}

extension H2ClientConnection {
    /// The number of open streams.
    package func openStreams() async throws -> Int { try await connection.usage().streams }
}
#endif
