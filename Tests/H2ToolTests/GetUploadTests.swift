// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import H2TestSupport
import Testing

/// Uploads with `h2tool get -d`.
@Suite struct GetUploadTests {
    @Test("text is sent in a POST with its length", arguments: ["a=b", ""])
    func text(text: String) throws {
        let (result, request, frames) = try get(["-d", text], answer: response())
        #expect(request.contains(":method: POST"))
        #expect(request.contains("content-length: \(text.utf8.count)"))
        #expect(body(frames) == Array(text.utf8))
        #expect(result.status == 0)
    }

    @Test("the texts of several -d are joined with &")
    func joinedTexts() throws {
        let (_, request, frames) = try get(["-d", "a=b", "-d", "c"], answer: response())
        #expect(body(frames) == Array("a=b&c".utf8))
        #expect(request.contains("content-length: 5"))
    }

    @Test("a file is sent unchanged, within the flow-control windows")
    func file() throws {
        let (server, folder) = (try ScriptedServer(), try TemporaryFolder())
        let text = String(repeating: "0123456789\r\n\0", count: 20_000)
        try folder.makeFile("body", text)
        let tool = try Tool(["get", "-d", "@\(folder.path)/body", server.url])
        let peer = try server.accept()
        // The stream's window starts at 1,000 bytes and the connection's at 65,535.
        try peer.send(FrameBuilder.settings([(0x4, 1_000)]) + FrameBuilder.settingsAck())
        #expect(try peer.nextRequest().contains("content-length: \(text.utf8.count)"))
        var received: [UInt8] = []
        var isEnd = false
        while !isEnd {
            let frame = try peer.next(.data)
            let data = frame.data ?? []
            received += data
            isEnd = frame.endsStream
            if data.isEmpty { continue }
            let increment = UInt32(data.count)
            try peer.send(
                FrameBuilder.windowUpdate(0, increment: increment)
                    + FrameBuilder.windowUpdate(1, increment: increment))
        }
        #expect(received == Array(text.utf8))
        try peer.send(response())
        _ = try peer.rest()
        #expect(try tool.finish().status == 0)
    }

    @Test("no more is sent than the windows permit")
    func window() throws {
        let (server, folder) = (try ScriptedServer(), try TemporaryFolder())
        try folder.makeFile("body", String(repeating: "x", count: 200_000))
        let tool = try Tool(
            ["get", "--idle-timeout", "0.3", "-d", "@\(folder.path)/body", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting)
        #expect(body(try peer.rest()).count == 65_535)
        let result = try tool.finish()
        #expect(
            result.errors
                == "Error: the server did not open its flow-control window in 0.3 s "
                + "(--idle-timeout)\n")
        #expect(result.status == 28)
    }

    @Test("an upload on a window of 0 times out, and is cancelled")
    func closedWindow() throws {
        let (server, input) = (try ScriptedServer(), Pipe())
        let tool = try Tool(
            ["get", "--idle-timeout", "0.3", "-d", "@-", server.url],
            input: input.fileHandleForReading)
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(FrameBuilder.settings([(0x4, 0)]) + FrameBuilder.settingsAck())
        _ = try peer.next(.settings, isAck: true)
        try input.fileHandleForWriting.write(contentsOf: Data("text".utf8))
        let frames = try peer.rest()
        #expect(body(frames).isEmpty)
        #expect(frames.contains { $0.type == .rstStream && $0.errorCode == 8 })
        let result = try tool.finish()
        #expect(result.errors.contains("did not open its flow-control window"))
        #expect(result.status == 28)
    }

    @Test("a server that does not read times out, although its window is open")
    func unreadUpload() throws {
        let (server, folder) = (try ScriptedServer(), try TemporaryFolder())
        try folder.makeFile("body", String(repeating: "x", count: 50_000_000))
        let tool = try Tool(
            ["get", "--idle-timeout", "0.3", "-d", "@\(folder.path)/body", server.url])
        let peer = try server.accept()
        try peer.send(
            FrameBuilder.settings([(0x4, 1 << 30)]) + FrameBuilder.settingsAck()
                + FrameBuilder.windowUpdate(0, increment: 1 << 30))
        let result = try tool.finish()
        #expect(
            result.errors
                == "Error: the server accepted nothing more of the request in 0.3 s "
                + "(--idle-timeout)\n")
        #expect(result.status == 28)
        _ = peer
    }

    @Test("a body that the server accepts slowly counts as progress")
    func slowServer() throws {
        let (server, folder) = (try ScriptedServer(), try TemporaryFolder())
        try folder.makeFile("body", String(repeating: "x", count: 50_000_000))
        let tool = try Tool(
            ["get", "--idle-timeout", "0.3", "-d", "@\(folder.path)/body", server.url])
        let peer = try server.accept()
        _ = try peer.nextRequest()
        try peer.send(ScriptedPeer.greeting)
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(600) {
            try peer.send(
                FrameBuilder.windowUpdate(0, increment: 1_024)
                    + FrameBuilder.windowUpdate(1, increment: 1_024))
            _ = try peer.next(.data)
        }
        try peer.send(response())
        _ = try peer.rest()
        let result = try tool.finish()
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(
        "a body that cannot be read is an error before a connection is opened",
        arguments: ["/", "/no/such/file"])
    func unreadable(path: String) throws {
        let result = try Tool(["get", "-d", "@\(path)", "localhost:1"]).finish()
        #expect(result.errors.hasPrefix("Error: \(path): "), "\(result.errors)")
        #expect(result.status == 1)
    }

    @Test("standard input is sent as it arrives, and PINGs are answered in the meantime")
    func standardInput() throws {
        let (server, input) = (try ScriptedServer(), Pipe())
        let tool = try Tool(
            ["get", "--idle-timeout", "0.2", "-d", "@-", server.url],
            input: input.fileHandleForReading)
        try input.fileHandleForReading.close()
        let peer = try server.accept()
        let request = try peer.nextRequest()
        #expect(request.contains(":method: POST"))
        #expect(!request.contains { $0.hasPrefix("content-length") })
        try peer.send(ScriptedPeer.greeting)
        for word in ["one", "two"] {
            try peer.send(FrameBuilder.ping(1))
            _ = try peer.next(.ping, isAck: true)
            // The user is slower than --idle-timeout.
            try peer.waitUntilQuiet(milliseconds: 500)
            try input.fileHandleForWriting.write(contentsOf: Data(word.utf8))
            #expect(try peer.next(.data).data == Array(word.utf8))
        }
        try input.fileHandleForWriting.close()
        #expect(try peer.next(.data).endsStream)
        try peer.send(response())
        _ = try peer.rest()
        #expect(try tool.finish().text == "hello\n")
    }

    @Test("an early response ends the upload", arguments: [true, false])
    func earlyResponse(isReset: Bool) throws {
        let (server, input) = (try ScriptedServer(), Pipe())
        let tool = try Tool(
            ["get", "-d", "@-", server.url], input: input.fileHandleForReading)
        let peer = try server.accept()
        _ = try peer.nextRequest()
        let reset = isReset ? FrameBuilder.rstStream(1, code: 0) : []
        try peer.send(ScriptedPeer.greeting + response(status: "413", "too large") + reset)
        let frames = try peer.rest()
        let codes = frames.filter { $0.type == .rstStream }.map(\.errorCode)
        #expect(codes == [8] || (isReset && codes == []))
        let result = try tool.finish()
        #expect(result.text == "too large")
        #expect(result.status == 22)
        #expect(!result.errors.contains("reset"))
    }

    private func body(_ frames: [WireFrame]) -> [UInt8] { frames.flatMap { $0.data ?? [] } }
}
