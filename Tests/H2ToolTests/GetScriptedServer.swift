// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import H2TestSupport
import Testing

struct ScriptError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A socket that listens on a free port of the loopback interface.
final class ScriptedServer {
    private let socket: Int32
    let port: UInt16

    /// - Parameter backlog: The number of connections that may wait to be accepted, minus 1.
    init(backlog: Int32 = 16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (socket, length) = (socket, size)
        let isOpen = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && listen(socket, backlog) == 0
                    && getsockname(socket, $0, &size) == 0
            }
        }
        if !isOpen { throw ScriptError("bind") }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }

    var url: String { "http://127.0.0.1:\(port)" }

    func accept() throws -> ScriptedPeer {
        try ScriptedPeer.wait(for: socket)
        let connection = Glibc.accept(socket, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return ScriptedPeer(connection)
    }

    /// Whether a client is waiting to be accepted.
    var hasClient: Bool { (try? ScriptedPeer.wait(for: socket, timeout: 0)) != nil }

    /// Fills the backlog, so that other clients get no response. Returns the sockets to close.
    func fillBacklog() -> [Int32] {
        (0..<3).map { _ in
            let client = Glibc.socket(
                AF_INET,
                Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return client
        }
    }
}

/// The server's end of a connection. Waiting for input fails after 10 s.
final class ScriptedPeer {
    static let greeting = FrameBuilder.settings() + FrameBuilder.settingsAck()

    private let socket: Int32
    private var reader = WireReader()
    private var decoder = HPACKDecoder()
    /// Received frames that no call has returned or dropped.
    private var waiting: [WireFrame] = []
    /// All received frames.
    private(set) var received: [WireFrame] = []
    private(set) var isAtEnd = false

    init(_ socket: Int32) { self.socket = socket }
    deinit { close(socket) }

    static func wait(for socket: Int32, timeout: Int32 = 10_000) throws {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&entry, 1, timeout) != 1 { throw ScriptError("nothing arrived") }
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { throw ScriptError("send: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the output, so that the client reads the end of its input.
    func endOutput() { _ = shutdown(socket, Int32(SHUT_WR)) }

    /// Returns the next frame of a kind, and drops the frames before it.
    func next(_ kind: WireFrame.Kind, isAck: Bool = false) throws -> WireFrame {
        while true {
            while !waiting.isEmpty {
                let frame = waiting.removeFirst()
                if frame.type == kind && frame.isAck == isAck { return frame }
            }
            try receive()
            if isAtEnd { throw ScriptError("the client sent no frame of type \(kind.rawValue)") }
        }
    }

    /// Returns the fields of the next request as `name: value`.
    func nextRequest() throws -> [String] {
        try decoder.decode(next(.headers).fieldBlock ?? []).map(\.description)
    }

    /// Returns the frames up to the end of the client's output. If `closing`, then ends this output
    /// too.
    func rest(closing: Bool = true) throws -> [WireFrame] {
        while !isAtEnd { try receive() }
        if closing { endOutput() }
        defer { waiting = [] }
        return waiting
    }

    /// Receives until nothing arrives for `milliseconds`.
    func waitUntilQuiet(milliseconds: Int32) throws {
        while (try? Self.wait(for: socket, timeout: milliseconds)) != nil {
            try receive()
            if isAtEnd { throw ScriptError("the client ended the connection") }
        }
    }

    private func receive() throws {
        try Self.wait(for: socket)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(socket, &buffer, buffer.count, 0)
        isAtEnd = count <= 0
        let frames = reader.feed(Array(buffer.prefix(max(count, 0))))
        waiting += frames
        received += frames
    }
}

/// A running `h2tool`; its standard error, and usually its standard output, go to files.
final class Tool {
    struct Result {
        var status: Int32
        var output: Data
        var errors: String
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    private let process = Process()
    private let folder: TemporaryFolder
    private let exited = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - script: A script for `sh`, in which `"$0" "$@"` is the command.
    ///   - output: Standard output instead of a file.
    ///   - errors: Standard error instead of a file.
    init(
        _ arguments: [String], script: String? = nil, input: FileHandle? = nil,
        output: FileHandle? = nil, errors: FileHandle? = nil
    ) throws {
        folder = try TemporaryFolder()
        let path = Self.path
        process.executableURL = URL(fileURLWithPath: script == nil ? path : "/bin/sh")
        process.arguments = script.map { ["-c", $0, path] + arguments } ?? arguments
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = try output ?? file("output")
        process.standardError = try errors ?? file("errors")
        process.terminationHandler = { [exited] _ in exited.signal() }
        // Dispatch blocks signals on the threads that run tests; the process would inherit that.
        var (none, blocked) = (sigset_t(), sigset_t())
        _ = unsafe (sigemptyset(&none), pthread_sigmask(SIG_SETMASK, &none, &blocked))
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &blocked, nil) }
        try process.run()
    }

    /// Sends SIGTERM.
    func terminate() { process.terminate() }

    private func file(_ name: String) throws -> FileHandle {
        try folder.makeFile(name, "")
        return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }

    /// Waits for the program to end, and kills it after 10 s.
    func finish() throws -> Result {
        let isOver = exited.wait(timeout: .now() + 10) == .success
        if !isOver {
            kill(process.processIdentifier, SIGKILL)
            exited.wait()
        }
        let text = String(decoding: written("errors"), as: UTF8.self)
        if !isOver { throw ScriptError("h2tool did not end within 10 s: \(text)") }
        return Result(
            status: process.terminationStatus, output: written("output"), errors: text)
    }

    private func written(_ name: String) -> Data {
        (try? Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))) ?? Data()
    }

    /// The path of `h2tool`, which is in the directory of the test program.
    private static var path: String {
        let programs = [CommandLine.arguments[0], "/proc/self/exe", ".build/debug/h2tool"]
        let candidates = programs.map {
            URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent("h2tool").path
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "h2tool"
    }
}

/// Runs `h2tool get` for one request, to which the server sends `greeting` and `answer` at once.
///
/// - Returns: `request` contains the fields of the request, and `frames` the frames after it.
func get(
    _ arguments: [String] = [], path: String = "/", answer: [UInt8],
    greeting: [UInt8] = ScriptedPeer.greeting, script: String? = nil
) throws -> (result: Tool.Result, request: [String], frames: [WireFrame]) {
    let server = try ScriptedServer()
    let tool = try Tool(["get"] + arguments + ["\(server.url)\(path)"], script: script)
    let peer = try server.accept()
    let request = try peer.nextRequest()
    try peer.send(greeting + answer)
    let frames = try peer.rest()
    return (try tool.finish(), request, frames)
}

/// A response whose body is text.
func response(
    _ stream: UInt32 = 1, status: String = "200", _ body: String = "hello\n"
) -> [UInt8] {
    FrameBuilder.headers(stream, [":status": status])
        + FrameBuilder.data(stream, Array(body.utf8), endStream: true)
}
