// SPDX-License-Identifier: MIT

import H2NIO
import HTTPTypes
import NIOCore

// A reverse proxy: it forwards requests to an origin server, and bodies and trailers as they arrive.

/// The origin server. The proxy connects to it for the first request, and again after the
/// connection has ended.
actor Origin {
    private let port: Int
    private var connection: Task<H2ClientConnection, any Error>?

    init(port: Int) { self.port = port }

    func connect() async throws -> H2ClientConnection {
        if let connection { return try await connection.value }
        let connecting = Task { [port] in
            try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
        }
        connection = connecting
        Task {
            try? await connecting.value.waitUntilClosed()
            if connection == connecting { connection = nil }
        }
        return try await connecting.value
    }
}

/// Forwards a request and the response, and answers 502 if the origin sends no response.
func forward(
    _ request: HTTPRequest, _ body: H2Body, to origin: Origin, _ writer: H2ResponseWriter
) async throws {
    var request = request
    request.headerFields.append(HTTPField(name: .via, value: "2 proxy"))
    var isAnswered = false
    do {
        try await origin.connect().withResponse(
            to: request,
            sending: { upstream in
                for try await chunk in body { try await upstream.write(chunk) }
                if let trailers = try await body.trailers {
                    try await upstream.end(trailers: trailers)
                }
            }
        ) { response in
            isAnswered = true
            try await writer.head(response.head)
            for try await chunk in response.body { try await writer.write(chunk) }
            if let trailers = try await response.body.trailers {
                try await writer.end(trailers: trailers)
            } else {
                try await writer.end()
            }
        }
    } catch {
        guard !isAnswered else { throw error }
        try await writer.respond(HTTPResponse(status: .badGateway), "\(error)\n")
    }
}

// An origin server that echoes bodies and trailers, except for the path /fail.
let originServer = try await H2Server.bind(host: "127.0.0.1", port: 0) { request, body, response in
    if request.path == "/fail" { throw CancellationError() }
    try await response.head(HTTPResponse(status: .ok, headerFields: request.headerFields))
    for try await chunk in body { try await response.write(chunk) }
    try await response.end(trailers: try await body.trailers ?? [:])
}

let origin = Origin(port: originServer.port)
let proxy = try await H2Server.bind(host: "127.0.0.1", port: 0) { request, body, response in
    try await forward(request, body, to: origin, response)
}

let client = try await H2ClientConnection.connect(
    host: "127.0.0.1", port: proxy.port)
var request = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: "/echo")

// The origin echoes the body while the request is open, and the trailers at the end.
let chunk = ByteBuffer(repeating: 0x2A, count: 100_000)
try await client.withResponse(
    to: request,
    sending: { writer in
        for _ in 0..<20 { try await writer.write(chunk) }
        try await writer.end(trailers: [.contentLocation: "here"])
    }
) { response in
    precondition(response.head.headerFields[.via] == "2 proxy", "unexpected \(response.head)")
    let body = try await response.body.collect(upTo: 1 << 24)
    precondition(body == ByteBuffer(repeating: 0x2A, count: 2_000_000), "the body differs")
    let trailers = try await response.body.trailers
    precondition(trailers?[.contentLocation] == "here", "unexpected trailers")
}

// The origin resets the stream.
request.path = "/fail"
var answer = try await client.response(to: request, body: chunk)
precondition(answer.head.status == .badGateway, "unexpected \(answer.head)")

// The origin refuses connections.
await originServer.shutDown()
request.path = "/echo"
answer = try await client.response(to: request, body: chunk)
precondition(answer.head.status == .badGateway, "unexpected \(answer.head)")

await client.shutDown()
await proxy.shutDown()
