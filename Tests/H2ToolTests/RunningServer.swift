// SPDX-License-Identifier: MIT

import Foundation
import H2
import H2TestSupport
import Testing
import h2tool

/// A running `h2tool serve` on a free port.
struct RunningServer {
    let tool: Tool
    let port: UInt16

    init(_ arguments: [String]) throws {
        let output = Pipe()
        tool = try Tool(["serve", "-p0"] + arguments, output: output.fileHandleForWriting)
        try output.fileHandleForWriting.close()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(line.dropLast().split(separator: ":").last ?? ""))
    }

    /// Connects, sends SETTINGS, and waits for an answer.
    func connect() throws -> Descriptor {
        let client = try Descriptor.connecting(to: "127.0.0.1", port)
        try client.pushAll((FrameBuilder.preface() + FrameBuilder.settings()).span)
        while try client.pull(upTo: 1_024) == nil {}
        return client
    }
}

/// How `h2tool serve` ends after SIGTERM.
@Suite struct TerminationTests {
    @Test("a stopped server prints how long it waits for clients")
    func silentClient() throws {
        let folder = try TemporaryFolder()
        let server = try RunningServer(["--stop-timeout", "0.2", folder.path])
        let client = try server.connect()
        server.tool.terminate()
        let result = try server.tool.finish()
        #expect(
            result.errors
                == "stopping: waiting up to 0.2 s for 1 connection; Ctrl-C again ends at once\n")
        #expect(result.status == 0)
        _ = client
    }

    @Test("after SIGTERM, a download is completed, and new connections are refused")
    func openDownload() throws {
        let folder = try TemporaryFolder()
        try folder.makeFile("file", String(repeating: "a", count: 300_000))
        let server = try RunningServer(["-v", folder.path])
        let socket = try Descriptor.connecting(to: "127.0.0.1", server.port)
        let client = H2Connection(.client)
        try client.initiateConnection()
        try client.sendHeaders(
            [":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/file"], on: 1,
            endStream: true)
        var (events, isAtEnd) = ([H2Event](), false)
        let start = ContinuousClock.now
        func exchange(until isDone: () -> Bool) throws {
            while !isDone() {
                try #require(start.duration(to: .now) < .seconds(10))
                try socket.pushAll(client.dataToSend().span)
                guard let bytes = try socket.pull(upTo: 65_536) else { continue }
                isAtEnd = bytes.isEmpty
                try client.receiveData(bytes, into: &events)
            }
        }
        func count() -> Int {
            events.reduce(0) {
                if case .dataReceived(let data) = $1 { $0 + data.data.count } else { $0 }
            }
        }
        // The rest waits for WINDOW_UPDATE.
        try exchange { count() == 65_535 }
        server.tool.terminate()
        try exchange {
            events.contains { if case .connectionTerminated = $0 { true } else { false } }
        }
        #expect(throws: Failure.self) {
            _ = try Descriptor.connecting(to: "127.0.0.1", server.port)
        }
        try client.acknowledgeReceivedData(65_535, on: 1)
        try client.incrementFlowControlWindow(by: 300_000)
        try client.incrementFlowControlWindow(by: 300_000, on: 1)
        try exchange { isAtEnd }
        #expect(count() == 300_000 && events.contains(.streamEnded(.init(streamID: 1))))
        socket.endOutput()
        let result = try server.tool.finish()
        #expect(result.errors.contains("] < connectionDrained\n"), "\(result.errors)")
        #expect(result.status == 0)
    }

    @Test("the log names the deadline that ended a connection")
    func deadline() throws {
        let folder = try TemporaryFolder()
        let server = try RunningServer(["-v", "--header-timeout", "0.1", folder.path])
        let client = try Descriptor.connecting(to: "127.0.0.1", server.port)
        // The server closes its output.
        while try client.pull(upTo: 1_024)?.isEmpty != true {}
        client.endOutput()
        server.tool.terminate()
        let errors = try server.tool.finish().errors
        let line =
            "! deadline firstSettings: the client sent no SETTINGS for 0.1 s (--header-timeout)\n"
        #expect(errors.contains(line), "\(errors)")
    }
}
