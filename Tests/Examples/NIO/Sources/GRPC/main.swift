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
    _ method: String, _ message: String, on client: H2ClientConnection
) async throws -> (messages: [String], status: Status) {
    let request = HTTPRequest(
        method: .post, scheme: "http", authority: "localhost", path: "/example.Greeter/\(method)",
        headerFields: [.contentType: "application/grpc", .te: "trailers"])
    return try await client.withResponse(
        to: request, body: ByteBuffer(message: message), deadline: .seconds(5)
    ) { response in
        guard response.head.status == .ok else { throw Status.internal("\(response.head.status)") }
        var messages: [String] = []
        for try await message in Messages(response.body) { messages.append(message) }
        guard let trailers = try await response.body.trailerHeaders,
            let code = trailers["grpc-status"].flatMap({ Int($0) })
        else { throw Status.internal("the trailers contain no status") }
        return (messages, Status(code: code, message: trailers["grpc-message"] ?? ""))
    }
}

let client = try await H2ClientConnection.connect(
    host: "127.0.0.1", port: server.port)

let greeting = try await call("Greet", "gRPC", on: client)
precondition(greeting == (["Hello, gRPC!"], .ok), "unexpected \(greeting)")

let numbers = try await call("Count", "10000", on: client)
precondition(numbers == ((1...10_000).map { "\($0)" }, .ok), "unexpected \(numbers.status)")

let invalid = try await call("Count", "many", on: client)
precondition(
    invalid == ([], .invalidArgument("'many' is not a positive number")), "unexpected \(invalid)")

let unknown = try await call("Unknown", "", on: client)
precondition(unknown.status.code == 12, "unexpected \(unknown)")

await client.shutDown()
await server.shutDown()
