// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import H2TestSupport
import Testing

/// The output of `h2tool get`: files, pipes and terminals.
@Suite struct GetOutputTests {
    @Test("a closed standard output is an error, and its descriptor is not reused for the socket")
    func closedOutput() throws {
        let (result, _, frames) = try get(
            answer: response(), script: "exec \"$0\" \"$@\" >&-")
        #expect(result.errors.hasPrefix("Error: standard output: "), "\(result.errors)")
        #expect(result.status == 1)
        #expect(frames.contains { $0.type == .goAway })
    }

    @Test("a full device is an error that names standard output")
    func fullDevice() throws {
        let result = try get(answer: response(), script: "exec \"$0\" \"$@\" >/dev/full").result
        #expect(result.errors.contains("standard output: No space left on device"))
        #expect(result.status == 1)
    }

    @Test("a file that cannot be created is an error")
    func badFile() throws {
        let result = try get(["-o", "/no/such/folder/file"], answer: response()).result
        #expect(result.errors.hasPrefix("Error: /no/such/folder/file: "))
        #expect(result.status == 1)
    }

    @Test("data that arrived before a failure is written")
    func partial() throws {
        let body = FrameBuilder.headers(1, [":status": "200"]) + FrameBuilder.data(1, [0x61])
        let result = try get(answer: body + FrameBuilder.rstStream(1, code: 2)).result
        #expect(result.text == "a")
        #expect(result.status == 1)
    }

    @Test("h2tool ends silently if the reader of its output ends")
    func closedOutputReader() throws {
        let body = String(repeating: "x", count: 200_000)
        let script = "{ \"$0\" \"$@\"; echo \"status $?\" >&2; } | head -c 1"
        let result = try get(answer: long(body), script: script).result
        #expect(result.text == "x")
        #expect(result.errors == "status 1\n")
    }

    @Test(
        "with a slow reader, PINGs are answered, and only written bytes are acknowledged",
        arguments: [true, false])
    func slowReader(isTerminal: Bool) throws {
        let ends = try isTerminal ? terminal() : pipe()
        let server = try ScriptedServer()
        let tool = try Tool(
            ["get", "--idle-timeout", "0.2", server.url], output: ends.writing)
        try ends.writing.close()
        let peer = try server.accept()
        _ = try peer.nextRequest()
        // The body fills the window of the stream.
        let body = String(repeating: "x", count: 1 << 20)
        try peer.send(ScriptedPeer.greeting + long(body).dropLast(9))
        try peer.send(FrameBuilder.ping(1))
        _ = try peer.next(.ping, isAck: true)
        // The reader is slower than --idle-timeout.
        try peer.waitUntilQuiet(milliseconds: 500)
        try peer.send(FrameBuilder.ping(2))
        #expect(try peer.next(.ping, isAck: true).pingValue == 2)
        // A pipe and a terminal hold 64 KiB or a little more.
        let granted = peer.received.filter { $0.streamID == 1 }.compactMap(\.windowIncrement)
        #expect(granted.reduce(0, +) < 1 << 17)
        try read(ends.reading, 1 << 19)
        _ = try peer.next(.windowUpdate)
        try read(ends.reading, 1 << 19)
        try peer.send(FrameBuilder.data(1, endStream: true))
        _ = try peer.rest()
        #expect(try tool.finish().status == 0)
    }

    /// Reads `count` bytes, each of which must be an x.
    private func read(_ handle: FileHandle, _ count: Int) throws {
        var left = count
        while left > 0 {
            try ScriptedPeer.wait(for: handle.fileDescriptor)
            var buffer = [UInt8](repeating: 0, count: left)
            let got = unsafe Glibc.read(handle.fileDescriptor, &buffer, left)
            try #require(got > 0 && buffer[..<got].allSatisfy { $0 == UInt8(ascii: "x") })
            left -= got
        }
    }

    @Test(
        "the progress of a long response to a file is shown on a terminal, unless -s is given",
        arguments: [false, true])
    func progress(isSilent: Bool) throws {
        let (server, folder, ends) = (try ScriptedServer(), try TemporaryFolder(), try terminal())
        let tool = try Tool(
            ["get", "-o", "\(folder.path)/body", server.url] + (isSilent ? ["-s"] : []),
            errors: ends.writing)
        let peer = try server.accept()
        _ = try peer.nextRequest()
        let piece = [UInt8](repeating: 0, count: 16_384)
        let length = "\(piece.count * 65)"
        try peer.send(
            ScriptedPeer.greeting
                + FrameBuilder.headers(1, [":status": "200", "content-length": length]))
        for _ in 0..<64 { try peer.send(FrameBuilder.data(1, piece)) }
        try peer.waitUntilQuiet(milliseconds: 200)
        try peer.send(FrameBuilder.data(1, piece, endStream: true))
        _ = try peer.rest()
        #expect(try tool.finish().status == 0)
        try ends.writing.close()
        try ScriptedPeer.wait(for: ends.reading.fileDescriptor)
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = unsafe Glibc.read(ends.reading.fileDescriptor, &buffer, buffer.count)
        let line = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        #expect(isSilent ? line == "" : line.hasPrefix("\r\(length) bytes (100 %), "), "\(line)")
    }

    /// Returns a response with many DATA frames.
    private func long(_ body: String) -> [UInt8] {
        var bytes = FrameBuilder.headers(1, [":status": "200"])
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            bytes += FrameBuilder.data(1, Array(rest.prefix(16_384)))
            rest = rest.dropFirst(16_384)
        }
        return bytes + FrameBuilder.data(1, endStream: true)
    }

    private func pipe() throws -> (reading: FileHandle, writing: FileHandle) {
        let pipe = Pipe()
        return (pipe.fileHandleForReading, pipe.fileHandleForWriting)
    }

    private func terminal() throws -> (reading: FileHandle, writing: FileHandle) {
        let main = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlocked, number) = (CInt(0), CInt(0))
        // TIOCSPTLCK and TIOCGPTN: the Glibc module lacks `posix_openpt`.
        guard main >= 0, unsafe ioctl(main, 0x4004_5431, &unlocked) == 0,
            unsafe ioctl(main, 0x8004_5430, &number) == 0
        else { throw ScriptError("cannot open a terminal") }
        let other = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        return (
            FileHandle(fileDescriptor: main, closeOnDealloc: true),
            FileHandle(fileDescriptor: other, closeOnDealloc: true)
        )
    }
}
