// SPDX-License-Identifier: MIT

import H2
import H2NIO
import HTTPTypes
import NIOCore

// A gRPC server with a unary and a server-streaming method, and a client that calls them. The
// messages are text: a real program encodes them with SwiftProtobuf.

/// The status of a gRPC call.
struct Status: Error, Equatable {
    var code: Int
    var message = ""

    static let ok = Status(code: 0)
    static let deadlineExceeded = Status(code: 4)
    static func unavailable(_ message: String) -> Status { Status(code: 14, message: message) }
    static func invalidArgument(_ message: String) -> Status { Status(code: 3, message: message) }
    static func resourceExhausted(_ message: String) -> Status { Status(code: 8, message: message) }
    static func unimplemented(_ message: String) -> Status { Status(code: 12, message: message) }
    static func `internal`(_ message: String) -> Status { Status(code: 13, message: message) }
}

extension ByteBuffer {
    /// Creates a gRPC message: a byte that says whether it is compressed, its length, and its
    /// bytes.
    init(message: String) {
        self.init(integer: 0 as UInt8)
        writeInteger(UInt32(message.utf8.count))
        writeString(message)
    }
}

/// The gRPC messages in a body. The chunks of the body can end anywhere in a message.
struct Messages: AsyncSequence, AsyncIteratorProtocol {
    private static let maxLength = 4 << 20
    private var chunks: H2Body.AsyncIterator
    private var buffer = ByteBuffer()

    init(_ body: H2Body) { chunks = body.makeAsyncIterator() }

    func makeAsyncIterator() -> Messages { self }

    mutating func next() async throws -> String? {
        while true {
            if let message = try readMessage() { return message }
            guard var chunk = try await chunks.next() else { break }
            buffer.discardReadBytes()
            buffer.writeBuffer(&chunk)
        }
        guard buffer.readableBytes == 0 else { throw Status.internal("a message is incomplete") }
        return nil
    }

    private mutating func readMessage() throws -> String? {
        guard let (flag, length) = buffer.peekMultipleIntegers(as: (UInt8, UInt32).self) else {
            return nil
        }
        guard flag == 0 else { throw Status.unimplemented("messages cannot be compressed") }
        guard length <= Self.maxLength else { throw Status.resourceExhausted("\(length) bytes") }
        guard buffer.readableBytes >= 5 + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: 5)
        return buffer.readString(length: Int(length))
    }
}

/// Handles a call: sends the messages of the response, and throws a `Status` if the call fails.
func handle(_ path: String?, _ body: H2Body, _ response: H2ResponseWriter) async throws {
    var messages = Messages(body)
    guard let message = try await messages.next(), try await messages.next() == nil else {
        throw Status.invalidArgument("the method needs one message")
    }
    switch path {
    case "/example.Greeter/Greet":
        try await response.write(ByteBuffer(message: "Hello, \(message)!"))
    case "/example.Greeter/Count":
        guard let limit = Int(message), limit > 0 else {
            throw Status.invalidArgument("'\(message)' is not a positive number")
        }
        for number in 1...limit { try await response.write(ByteBuffer(message: "\(number)")) }
    default:
        throw Status.unimplemented("unknown method")
    }
}

let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { request, body, response in
    guard request.headerFields[.contentType]?.hasPrefix("application/grpc") == true else {
        return try await response.respond(HTTPResponse(status: .unsupportedMediaType))
    }
    guard request.path?.hasPrefix("/example.Greeter/") == true else {
        // A response without messages can consist of one header section.
        return try await response.respond([
            ":status": "200", "content-type": "application/grpc", "grpc-status": "12",
            "grpc-message": "unknown service",
        ])
    }
    try await response.head(
        HTTPResponse(status: .ok, headerFields: [.contentType: "application/grpc"]))
    var status = Status.ok
    do {
        try await handle(request.path, body, response)
    } catch let error as Status {
        status = error
    }
    // A real program percent-encodes the characters of a message that are not visible ASCII.
    try await response.end(
        trailers: ["grpc-status": "\(status.code)", "grpc-message": status.message])
}

/// Calls a method, and returns the messages of the response and the status.
func call(
    _ method: String, _ message: String, seconds: Int = 5, on client: H2Client
) async throws -> (messages: [String], status: Status) {
    let request: H2Headers = [
        ":method": "POST", ":scheme": "http", ":authority": "localhost", ":path": method,
        "content-type": "application/grpc", "te": "trailers", "grpc-timeout": "\(seconds)S",
    ]
    do {
        return try await client.withConnection { connection in
            try await connection.withResponse(
                to: request, body: ByteBuffer(message: message), deadline: .seconds(seconds)
            ) { response in
                guard response.head[":status"] == "200" else { throw Status.internal("no gRPC") }
                var messages: [String] = []
                for try await message in Messages(response.body) { messages.append(message) }
                let fields = try await response.body.trailerHeaders ?? response.head
                guard let code = fields["grpc-status"].flatMap({ Int($0) }) else {
                    throw Status.internal("the response contains no status")
                }
                return (messages, Status(code: code, message: fields["grpc-message"] ?? ""))
            }
        }
    } catch let error as H2StreamError {
        throw error.reason == .deadlineExceeded ? .deadlineExceeded : Status.unavailable("\(error)")
    }
}

let port = server.port
let client = H2Client { try await H2ClientConnection.connect(host: "127.0.0.1", port: port) }

let greeting = try await call("/example.Greeter/Greet", "gRPC", on: client)
precondition(greeting == (["Hello, gRPC!"], .ok), "unexpected \(greeting)")

let numbers = try await call("/example.Greeter/Count", "10000", on: client)
precondition(numbers == ((1...10_000).map { "\($0)" }, .ok), "unexpected \(numbers.status)")

let invalid = try await call("/example.Greeter/Count", "many", on: client)
precondition(
    invalid == ([], .invalidArgument("'many' is not a positive number")), "unexpected \(invalid)")

for method in ["/example.Greeter/Unknown", "/example.Unknown/Greet"] {
    let unknown = try await call(method, "", on: client)
    precondition(unknown.status.code == 12, "unexpected \(unknown)")
}

do {
    _ = try await call("/example.Greeter/Greet", "gRPC", seconds: 0, on: client)
    preconditionFailure("the deadline passed without an error")
} catch let status as Status {
    precondition(status == .deadlineExceeded, "unexpected \(status)")
}

await client.shutDown()
await server.shutDown()
