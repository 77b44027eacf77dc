// SPDX-License-Identifier: MIT

#if NIO
package import H2

extension H2ServerConnection {
    /// The number of open streams and of tasks that handle requests.
    package func usage() async throws -> (streams: Int, tasks: Int) {
        try await connection.usage()
    }
}

extension H2ClientConnection {
    /// The number of open streams.
    package func openStreams() async throws -> Int { try await connection.usage().streams }

    /// Uses the last identifier of a stream.
    package func openLastStream(_ request: H2Headers) {
        let connection = connection
        connection.onLoop {
            try? connection.handler.sendHeaders(request, on: .max, endStream: true)
        }
    }
}
#endif
