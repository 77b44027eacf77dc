// SPDX-License-Identifier: MIT

import H2
import H2NIO
import H2NIOSSL
import HTTPTypes
import NIOCore
import NIOSSL

/// Deadlines for a server on the Internet.
func serverConfiguration() -> H2Configuration {
    var configuration = H2Configuration.server
    configuration.deadlines.firstSettings = .seconds(10)
    configuration.deadlines.idle = .seconds(300)
    configuration.deadlines.shutdownAnnouncement = .seconds(10)
    configuration.deadlines.keepalive = .init(interval: .seconds(60), answer: .seconds(20))
    configuration.deadlines.streamInactivity = .seconds(60)
    return configuration
}

/// Starts a server with TLS. Each request has a task.
func startServer(
    _ certificate: NIOSSLCertificate, _ key: NIOSSLPrivateKey
) async throws -> H2Server {
    try await H2Server.bind(
        host: "127.0.0.1", port: 0,
        tls: .makeServerConfiguration(
            certificateChain: [.certificate(certificate)], privateKey: .privateKey(key)),
        configuration: serverConfiguration()
    ) { request, body, response in
        switch (request.method, request.path) {
        case (.post, "/count"):
            var count = 0
            for try await bytes in body { count += bytes.readableBytes }
            try await response.respond(HTTPResponse(status: .ok), "\(count) bytes\n")
        case (.get, "/numbers"):
            try await response.head(HTTPResponse(status: .ok))
            for number in 1...1_000 { try await response.write(ByteBuffer(string: "\(number)\n")) }
            try await response.end(trailers: [.eTag: "\"1\""])
        default: try await response.respond(HTTPResponse(status: .notFound))
        }
    }
}

/// Connects to a server whose certificate is `certificate`.
func connect(
    to port: Int, _ certificate: NIOSSLCertificate
) async throws -> H2ClientConnection {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates([certificate])
    return try await H2ClientConnection.connect(
        host: "127.0.0.1", port: port, tls: tls, serverName: "localhost")
}

/// Sends a request whose body is written piece by piece, and returns the response as text.
func upload(_ pieces: [ByteBuffer], _ client: H2ClientConnection) async throws -> String {
    let request = HTTPRequest(
        method: .post, scheme: "https", authority: "localhost", path: "/count")
    return try await client.withResponse(to: request) { writer in
        for piece in pieces { try await writer.write(piece) }
    } _: { response in
        String(buffer: try await response.body.collect(upTo: 1_000))
    }
}

/// Reads a response as it arrives, and returns its length and its trailers.
func download(_ client: H2ClientConnection) async throws -> (Int, HTTPFields?) {
    let request = HTTPRequest(
        method: .get, scheme: "https", authority: "localhost", path: "/numbers")
    return try await client.withResponse(to: request, deadline: .seconds(30)) { response in
        var count = 0
        for try await bytes in response.body { count += bytes.readableBytes }
        return (count, try await response.body.trailers)
    }
}

/// Returns a client that connects on demand, and retries requests that the server did not process.
func makeClient(to port: Int, _ certificate: NIOSSLCertificate) -> H2Client {
    H2Client(maxRetries: 3) { try await connect(to: port, certificate) }
}
