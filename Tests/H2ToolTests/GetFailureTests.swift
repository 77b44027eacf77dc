// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import H2TestSupport
import Testing

/// The messages and exit statuses of `h2tool get` for errors and timeouts.
@Suite struct GetFailureTests {
    typealias Case = (answer: [UInt8], message: String)

    /// What servers of other protocols send, and the message.
    static let otherProtocols: [Case] = [
        (Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), "answered in HTTP/1; h2tool needs"),
        (Array("HTTP/1.0".utf8), "answered in HTTP/1"),
        ([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x16], "expects TLS (https)"),
        ([], "ended the connection without an answer; it may expect TLS"),
        (
            Array("<html>No\u{1b}[2J".utf8),
            "begins with '<html>No\\u{1B}[2J'; it may speak HTTP/1.1 only: try curl"
        ),
    ]

    @Test("the message names the protocol of a server without HTTP/2", arguments: otherProtocols)
    func otherProtocol(answer: [UInt8], message: String) throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(answer)
        peer.endOutput()
        let result = try tool.finish()
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.contains("127.0.0.1 port \(server.port)"))
        #expect(result.status == 1)
    }

    static let failures: [Case] = [
        (FrameBuilder.rstStream(1, code: 2), "the server reset the stream: INTERNAL_ERROR\n"),
        (FrameBuilder.rstStream(1, code: 0), "the server reset the stream: NO_ERROR"),
        (
            FrameBuilder.goAway(last: 1, code: 11, data: Array("calm\u{7}".utf8)),
            "the server ended the connection: GOAWAY ENHANCE_YOUR_CALM: calm\\u{07}\n"
        ),
        (FrameBuilder.data(0, [1]), "the server caused an HTTP/2 error: protocolViolation"),
        (
            FrameBuilder.headers(1, [":status": "200", "content-length": "9"])
                + FrameBuilder.data(1, [1], endStream: true),
            "the server caused an HTTP/2 error: invalidBodyLength"
        ),
    ]

    @Test("the message for a failed response gives the reason", arguments: failures)
    func failure(answer: [UInt8], message: String) throws {
        let result = try get(answer: answer).result
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.hasPrefix("Error: "))
        #expect(result.status == 1)
    }

    static let refusals: [Case] = [
        (
            FrameBuilder.rstStream(1, code: 7),
            "the server reset the stream: REFUSED_STREAM; it did not process the request, so it is "
                + "safe to retry"
        ),
        (
            FrameBuilder.goAway(last: 0, code: 2),
            "the server ended the connection: GOAWAY INTERNAL_ERROR; it did not process"
        ),
        (FrameBuilder.goAway(last: 0), "GOAWAY NO_ERROR; it did not process the request"),
    ]

    @Test("a refused request is sent again once, on a new connection", arguments: refusals)
    func refusal(refusal: [UInt8], message: String) throws {
        for answer in [refusal, response()] {
            let server = try ScriptedServer()
            let tool = try Tool(["get", "-d", "text", "\(server.url)/a"])
            for answer in [refusal, answer] {
                let peer = try server.accept()
                #expect(try peer.nextRequest().contains(":path: /a"))
                try peer.send(ScriptedPeer.greeting + answer)
                #expect(try peer.rest().flatMap { $0.data ?? [] } == Array("text".utf8))
            }
            let result = try tool.finish()
            #expect(result.status == (answer == refusal ? 1 : 0))
            #expect(result.errors.contains(message) == (answer == refusal), "\(result.errors)")
            #expect(!server.hasClient)
        }
    }

    @Test("standard input is not sent again")
    func refusedInput() throws {
        let result = try get(["-d", "@-"], answer: FrameBuilder.rstStream(1, code: 7)).result
        #expect(result.errors.contains("safe to retry"), "\(result.errors)")
        #expect(result.status == 1)
    }

    @Test("a connection that ends inside the response is an error")
    func cutOff() throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting + response().dropLast(3))
        peer.endOutput()
        let result = try tool.finish()
        #expect(result.errors.contains("before the response was complete"))
        #expect(result.status == 1)
    }

    @Test("the message for a refused connection names the host and the port")
    func refused() throws {
        let port = try ScriptedServer().port
        let result = try Tool(["get", "127.0.0.1:\(port)"]).finish()
        #expect(result.errors.contains("nothing listens on 127.0.0.1 port \(port)"))
        #expect(result.errors.contains("is the server running?"))
        #expect(result.status == 1)
    }

    @Test("the message for an unknown host names it")
    func unknownHost() throws {
        // A label has at most 63 characters, so the resolver asks no server.
        let host = String(repeating: "a", count: 64)
        let result = try Tool(["get", host]).finish()
        #expect(result.errors.hasPrefix("Error: unknown host '\(host)': "), "\(result.errors)")
        #expect(result.status == 1)
    }

    @Test("with several URLs, each error names its URL")
    func names() throws {
        let url = "127.0.0.1:\(try ScriptedServer().port)"
        let result = try Tool(["get", "\(url)/1", "\(url)/2", "ftp://a"]).finish()
        let lines = result.errors.split(separator: "\n").map { $0.prefix(url.count + 11) }
        #expect(lines.count == 3)
        #expect(lines.starts(with: ["Error: \(url)/1: ", "Error: \(url)/2: "]))
        #expect(result.errors.contains("\nError: ftp://a: ftp:// is not supported"))
    }

    @Test("a port above 65,535 is refused, not truncated")
    func portWrap() throws {
        let server = try ScriptedServer()
        let port = Int(server.port) + 65_536
        let result = try Tool(["get", "127.0.0.1:\(port)"]).finish()
        #expect(result.errors.contains("\(port) is not a port"))
        #expect(!server.hasClient)
        #expect(result.status == 1)
    }

    // MARK: Timeouts

    @Test(
        "a connection that is not accepted times out",
        arguments: [
            (["--connect-timeout", "0.2"], "in 0.2 s (--connect-timeout)"),
            (["--max-time", "0.3"], "in 0.3 s (--max-time)"),
        ])
    func connectTimeout(options: [String], message: String) throws {
        let server = try ScriptedServer(backlog: 0)
        let clients = server.fillBacklog()
        defer { for client in clients { close(client) } }
        let result = try Tool(["get"] + options + [server.url]).finish()
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.status == 28)
    }

    @Test(
        "a server that sends no response times out",
        arguments: [
            (["--idle-timeout", "0.2"], "in 0.2 s (--idle-timeout)"),
            (["--max-time", "0.3"], "in 0.3 s (--max-time)"),
        ], [true, false])
    func silence(option: ([String], message: String), isSilent: Bool) throws {
        let (result, _, frames) = try get(
            option.0, answer: [], greeting: isSilent ? [] : ScriptedPeer.greeting)
        #expect(result.errors.contains(option.message), "\(result.errors)")
        #expect(
            result.errors.contains("may not speak HTTP/2")
                == (isSilent && option.0[0] != "--max-time"))
        #expect(result.status == 28)
        #expect(frames.contains { $0.type == .rstStream && $0.errorCode == 8 })
    }

    @Test("DATA counts as progress, PING and SETTINGS do not")
    func progress() throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", "--idle-timeout", "0.3", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting + FrameBuilder.headers(1, [":status": "200"]))
        let start = ContinuousClock.now
        var last = start
        // Each acknowledgement triggers the next frames. DATA is sent for longer than the timeout.
        while !peer.isAtEnd {
            if start.duration(to: .now) < .milliseconds(500) {
                try peer.send(FrameBuilder.data(1, Array(repeating: 1, count: 64)))
                last = .now
            }
            try? peer.send(FrameBuilder.settings() + FrameBuilder.ping(1))
            guard (try? peer.next(.ping, isAck: true)) != nil else { break }
        }
        let result = try tool.finish()
        #expect(result.status == 28)
        #expect(result.errors.contains("--idle-timeout"))
        #expect(start.duration(to: last) > .milliseconds(400))
        #expect(last.duration(to: .now) < .seconds(3))
    }
}
