// SPDX-License-Identifier: MIT

import Foundation
import H2TestSupport
import Testing

/// The requests, the output and the exit status of `h2tool get`.
@Suite struct GetTests {
    @Test("a GET prints the body")
    func body() throws {
        let (result, request, frames) = try get(path: "/a?b=c", answer: response())
        #expect(result.text == "hello\n")
        #expect(result.errors == "")
        #expect(result.status == 0)
        #expect(request.contains(":method: GET"))
        #expect(request.contains(":path: /a?b=c"))
        #expect(frames.last?.type == .goAway)
        #expect(frames.last?.errorCode == 0)
    }

    @Test(
        "the exit status depends on the class of the response",
        arguments: [
            ("200", 0), ("204", 0), ("302", 0), ("400", 22), ("404", 22), ("599", 22), ("600", 1),
            ("999", 1), ("20", 1), ("abc", 1), ("101", 1),
        ])
    func exitStatus(status: String, code: Int32) throws {
        let answer = FrameBuilder.headers(1, [":status": status], endStream: true)
        let result = try get(answer: answer).result
        #expect(result.status == code)
        #expect(result.errors.contains("status") == (code != 0))
    }

    @Test("a redirect is reported but not followed")
    func redirection() throws {
        let answer = FrameBuilder.headers(
            1, [":status": "302", "location": "/b"], endStream: true)
        let result = try get(answer: answer).result
        #expect(result.errors == "redirected to /b (not followed)\n")
        #expect(result.status == 0)
    }

    @Test("the body of an error response is printed")
    func errorBody() throws {
        let result = try get(answer: response(status: "404", "no such page")).result
        #expect(result.text == "no such page")
        #expect(result.errors.contains("404"))
    }

    @Test("-i prints all header sections and the trailers")
    func include() throws {
        let answer =
            FrameBuilder.headers(1, [":status": "103", "link": "</a>"])
            + FrameBuilder.headers(1, [":status": "200", "a": "b"])
            + FrameBuilder.data(1, Array("body".utf8))
            + FrameBuilder.headers(1, ["sum": "1"], endStream: true)
        let included = try get(["-i"], answer: answer).result
        #expect(
            included.text == "HTTP/2 103\r\nlink: </a>\r\n\r\nHTTP/2 200\r\na: b\r\n\r\n"
                + "bodysum: 1\r\n\r\n")
        #expect(try get(answer: answer).result.text == "body")
    }

    @Test("-I sends HEAD and prints the header section")
    func head() throws {
        let answer = FrameBuilder.headers(
            1, [":status": "200", "content-length": "9"], endStream: true)
        let (result, request, _) = try get(["-I"], answer: answer)
        #expect(request.contains(":method: HEAD"))
        #expect(result.text == "HTTP/2 200\r\ncontent-length: 9\r\n\r\n")
        #expect(result.status == 0)
    }

    @Test("-X sets the method, and -H reaches the server")
    func method() throws {
        let (_, request, _) = try get(
            ["-X", "DELETE", "-H", "X-Y: z", "-H", "accept:"], answer: response())
        #expect(request.contains(":method: DELETE"))
        #expect(request.suffix(2) == ["user-agent: h2tool", "x-y: z"])
    }

    @Test("short options can be joined with flags and values, as in curl")
    func joinedOptions() throws {
        let (result, request, _) = try get(
            ["-siXPUT", "-HX-Y: a=b", "-da=b", "-m9", "--http2-prior-knowledge"],
            answer: response())
        #expect(request.contains(":method: PUT"))
        #expect(request.contains("x-y: a=b"))
        #expect(request.contains("content-length: 3"))
        #expect(result.text == "HTTP/2 200\r\n\r\nhello\n")
        #expect(result.status == 0)
    }

    @Test("a field that HTTP/2 forbids is an error before a connection is opened")
    func forbiddenField() throws {
        let server = try ScriptedServer()
        let result = try Tool(["get", "-H", "Connection: close", server.url]).finish()
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("Error: -H 'Connection: close': HTTP/2 forbids"))
        #expect(!server.hasClient)
    }

    @Test(
        "invalid arguments and combinations are refused",
        arguments: [
            ["-I", "-d", "x", "a"], ["-o", "1", "-o", "2", "a"], ["-d", "@-", "a", "b"],
            ["--max-time", "-1", "a"], ["--idle-timeout", "nan", "a"], [],
        ])
    func arguments(arguments: [String]) throws {
        let result = try Tool(["get"] + arguments).finish()
        #expect(result.status == 64)
        #expect(result.errors.contains("Usage:"))
    }

    @Test("--help has an example")
    func help() throws {
        let result = try Tool(["get", "--help"]).finish()
        #expect(result.text.contains("h2tool get localhost:8080/"))
    }

    @Test("the first frames disable push and enlarge the windows")
    func settings() throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", server.url])
        let peer = try server.accept()
        let settings = try peer.next(.settings).settings ?? []
        #expect(settings.contains(.init(0x2, 0)))
        #expect(settings.contains(.init(0x4, 1 << 20)))
        #expect(try peer.next(.windowUpdate).windowIncrement == 3 << 20 - 65_535)
        try peer.send(ScriptedPeer.greeting + response())
        _ = try peer.rest()
        #expect(try tool.finish().status == 0)
    }

    @Test("-v shows events and calls")
    func verbose() throws {
        let result = try get(["-v"], answer: response()).result
        #expect(result.text == "hello\n")
        #expect(result.errors.contains("> sendHeaders stream 1 [:method: GET"))
        #expect(result.errors.contains("\n< responseReceived streamID=1 "))
    }

    // MARK: Several URLs

    @Test("URLs of the same server share a connection, and the nth -o is for the nth URL")
    func sharedConnection() throws {
        let (server, folder) = (try ScriptedServer(), try TemporaryFolder())
        let file = "\(folder.path)/first"
        let tool = try Tool(
            ["get", "-o", file, "-o", "-", "\(server.url)/1", "\(server.url)/2", "\(server.url)/3"])
        let peer = try server.accept()
        try peer.send(ScriptedPeer.greeting)
        for index in 1...3 {
            #expect(try peer.nextRequest().contains(":path: /\(index)"))
            try peer.send(response(UInt32(2 * index - 1), "\(index)"))
        }
        _ = try peer.rest()
        let result = try tool.finish()
        #expect(result.text == "23")
        #expect(result.status == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "1")
        #expect(!server.hasClient)
    }

    @Test(
        "after GOAWAY or the end of the input, the next URL uses a new connection",
        arguments: [true, false])
    func newConnection(isGoAway: Bool) throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", "\(server.url)/1", "\(server.url)/2"])
        let first = try server.accept()
        _ = try first.nextRequest()
        let end = isGoAway ? FrameBuilder.goAway(last: 1) : []
        try first.send(ScriptedPeer.greeting + end + response(1, "1"))
        if !isGoAway { first.endOutput() }
        let frames = try first.rest()
        // The end may arrive after the next request was sent.
        #expect(!isGoAway || !frames.contains { $0.type == .headers })
        let second = try server.accept()
        _ = try second.nextRequest()
        try second.send(ScriptedPeer.greeting + response(1, "2"))
        _ = try second.rest()
        #expect(try tool.finish().text == "12")
    }

    @Test("if a reused connection ends instead of responding, a GET is repeated, a POST is not")
    func repetition() throws {
        for options in [[], ["-d", "x"]] {
            let server = try ScriptedServer()
            let tool = try Tool(["get"] + options + ["\(server.url)/1", "\(server.url)/2"])
            let first = try server.accept()
            _ = try first.nextRequest()
            try first.send(ScriptedPeer.greeting + response(1, "1"))
            _ = try first.nextRequest()
            first.endOutput()
            if options.isEmpty {
                let second = try server.accept()
                #expect(try second.nextRequest().contains(":path: /2"))
                try second.send(ScriptedPeer.greeting + response(1, "2"))
                _ = try second.rest()
            }
            let result = try tool.finish()
            #expect(result.text == (options.isEmpty ? "12" : "1"))
            #expect(result.status == (options.isEmpty ? 0 : 1))
            #expect(!server.hasClient)
        }
    }

    @Test("after a failure, the other URLs are fetched, and the first failure sets the exit status")
    func otherURLsAreFetched() throws {
        let (one, two) = (try ScriptedServer(), try ScriptedServer())
        let tool = try Tool(["get", "\(one.url)/1", "ftp://a", "\(one.url)/2", two.url])
        let peer = try one.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting + response(1, status: "404", "1"))
        _ = try peer.nextRequest()
        try peer.send(FrameBuilder.rstStream(3, code: 2))
        _ = try peer.rest()
        let other = try two.accept()
        _ = try other.nextRequest()
        try other.send(ScriptedPeer.greeting + response(1, "3"))
        _ = try other.rest()
        let result = try tool.finish()
        #expect(result.text == "13")
        #expect(result.status == 22)
        for text in ["404", "ftp://", "INTERNAL_ERROR"] { #expect(result.errors.contains(text)) }
    }

    // MARK: PING and the end

    @Test("a PING that arrives with the end of the response is answered before GOAWAY")
    func pingAtEnd() throws {
        let (result, _, frames) = try get(answer: response() + FrameBuilder.ping(7))
        // H2 also sends PINGs, to measure the round-trip time.
        let kinds = frames.filter { ($0.type == .ping && $0.isAck) || $0.type == .goAway }
        #expect(kinds.map(\.type) == [.ping, .goAway])
        #expect(kinds.first?.pingValue == 7)
        #expect(result.status == 0)
    }

    @Test("h2tool waits a second for the server to close the connection")
    func linger() throws {
        let server = try ScriptedServer()
        let tool = try Tool(["get", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting + response())
        #expect(try peer.rest(closing: false).last?.type == .goAway)
        let start = ContinuousClock.now
        #expect(try tool.finish().status == 0)
        #expect(start.duration(to: .now) > .milliseconds(900))
        #expect(start.duration(to: .now) < .seconds(5))
    }
}
