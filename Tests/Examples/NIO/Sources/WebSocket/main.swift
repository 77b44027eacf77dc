// SPDX-License-Identifier: MIT

import H2
import H2NIO
import HTTPTypes
import NIOCore

// A WebSocket server that echoes messages, and a client, over HTTP/2 (RFC 8441).

/// Sends messages back until the client closes the WebSocket.
func echo(_ body: H2Body, _ response: H2ResponseWriter) async throws {
    func send(_ opcode: WebSocketFrame.Opcode, _ payload: ByteBuffer) async throws {
        let frame = WebSocketFrame(opcode: opcode, payload: payload)
        try await response.write(ByteBuffer(frame, isMasked: false))
    }
    do {
        for try await message in WebSocketMessages(body, isMasked: true) {
            switch message.opcode {
            case .text, .binary, .continuation: try await send(message.opcode, message.payload)
            case .ping: try await send(.pong, message.payload)
            case .pong: break
            case .close:
                // The answer repeats the code.
                let code = message.payload.getSlice(at: message.payload.readerIndex, length: 2)
                try await send(.close, code ?? ByteBuffer())
                return try await response.end()
            }
        }
        try await response.end()
    } catch let error as WebSocketError {
        try await send(.close, ByteBuffer(integer: error.code))
        try await response.end()
    }
}

var configuration = H2Configuration.server
configuration.initialSettings[.enableConnectProtocol] = 1
let server = try await H2Server.bind(
    host: "127.0.0.1", port: 0, configuration: configuration
) { request, body, response in
    guard request.method == .connect, request.extendedConnectProtocol == "websocket",
        request.headerFields[.secWebSocketVersion] == "13"
    else {
        return try await response.respond(
            HTTPResponse(status: .badRequest, headerFields: [.secWebSocketVersion: "13"]))
    }
    try await response.head(HTTPResponse(status: .ok))
    try await echo(body, response)
}

let client = try await H2ClientConnection.connect(
    host: "127.0.0.1", port: server.port)

var request = HTTPRequest(
    method: .connect, scheme: "http", authority: "localhost", path: "/chat",
    headerFields: [.secWebSocketVersion: "13"])
request.extendedConnectProtocol = "websocket"

let sent: [WebSocketFrame] = [
    WebSocketFrame(opcode: .text, payload: ByteBuffer(string: "Hello, "), isFinal: false),
    WebSocketFrame(opcode: .ping, payload: ByteBuffer(string: "?")),
    WebSocketFrame(opcode: .continuation, payload: ByteBuffer(string: "wörld!")),
    WebSocketFrame(opcode: .binary, payload: ByteBuffer(repeating: 7, count: 1_000)),
    WebSocketFrame(opcode: .binary, payload: ByteBuffer(repeating: 8, count: 100_000)),
    WebSocketFrame(opcode: .close, payload: ByteBuffer(integer: 1000 as UInt16)),
]
let expected: [WebSocketFrame] = [
    WebSocketFrame(opcode: .pong, payload: ByteBuffer(string: "?")),
    WebSocketFrame(opcode: .text, payload: ByteBuffer(string: "Hello, wörld!")),
    sent[3], sent[4], sent[5],
]

try await client.withStream(to: request) { writer, response in
    // The client sends frames only after the server has accepted the WebSocket, RFC 6455 §4.1.
    let head = try await response.head
    precondition(head.status == .ok, "unexpected \(head)")
    for frame in sent { try await writer.write(ByteBuffer(frame, isMasked: true)) }
    var received: [WebSocketFrame] = []
    for try await frame in WebSocketMessages(response.body, isMasked: false) {
        received.append(frame)
    }
    precondition(received == expected, "unexpected \(received.map { ($0.opcode, $0.payload) })")
    try await writer.end()
}
await client.shutDown()
await server.shutDown()
