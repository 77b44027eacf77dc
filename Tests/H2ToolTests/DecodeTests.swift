// SPDX-License-Identifier: MIT

import Foundation
import H2TestSupport
import Testing
import h2tool

/// `h2tool decode`.
@Suite struct DecodeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func decode(_ bytes: [UInt8]) throws -> Tool.Result {
        let path = "\(folder.path)/capture"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try Tool(["decode", path]).finish()
    }

    private func hex(_ bytes: [UInt8]) -> [UInt8] {
        bytes.enumerated().flatMap { index, byte in
            let digits = (byte < 16 ? "0" : "") + String(byte, radix: 16)
            return Array((digits + (index % 30 == 29 ? "\n" : "")).utf8)
        }
    }

    @Test("the events of a server and of a client are shown", arguments: [false, true])
    func events(isHex: Bool) throws {
        let server =
            FrameBuilder.settings() + response(3, "three") + response(1, "one")
            + FrameBuilder.goAway(last: 3)
        let client =
            FrameBuilder.preface() + FrameBuilder.settings()
            + FrameBuilder.headers(
                1, [":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/"],
                endStream: true)
        for (bytes, event) in [
            (server, "streamEnded streamID=1"), (client, "requestReceived streamID=1"),
        ] {
            let result = try decode(isHex ? hex(bytes) : bytes)
            #expect(result.text.contains(event), "\(result.text)")
            #expect(result.errors == "")
            #expect(result.status == 0)
        }
    }

    @Test("PINGs that would exceed their budget without a time are decoded")
    func budgets() throws {
        var bytes = FrameBuilder.preface() + FrameBuilder.settings()
        for _ in 0..<110_000 { bytes += FrameBuilder.ping() }
        let result = try decode(bytes)
        #expect(result.errors == "" && result.status == 0)
    }

    @Test("a stream that begins late in the input is shown", arguments: [false, true])
    func longInput(isHex: Bool) throws {
        var bytes = FrameBuilder.settings() + FrameBuilder.headers(1, [":status": "200"])
        let piece = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384))
        for _ in 0..<(isHex ? 10 : 300) { bytes += piece }
        let end = FrameBuilder.data(1, endStream: true) + response(3)
        let result = try decode(isHex ? hex(bytes + end) : bytes + end)
        #expect(result.text.hasSuffix("streamEnded streamID=3\n"))
        #expect(result.errors == "")
    }

    @Test(
        "decoding an endless input ends at its first error",
        arguments: ["/dev/zero", "/dev/urandom"])
    func endless(path: String) throws {
        let result = try Tool(["decode", path]).finish()
        #expect(result.errors.hasPrefix("Error: "))
        #expect(result.status == 1)
    }

    typealias Case = (bytes: [UInt8], message: String)

    static let failures: [Case] = [
        ([], "capture: the input is empty; decode needs the bytes of one direction"),
        (Array(" \n".utf8), "the input is empty"),
        ([0xd4, 0xc3, 0xb2, 0xa1, 2], "this is a packet capture (pcap); decode needs"),
        ([0x0a, 0x0d, 0x0d, 0x0a, 2], "this is a packet capture (pcap)"),
        ([0x16, 0x03, 0x01, 2], "this is encrypted (TLS)"),
        (Array("HTTP/1.1 200 OK\r\n".utf8), "this is HTTP/1.1"),
        (Array("GET / HTTP/1.1\r\n".utf8), "this is HTTP/1.1"),
        (Array("00000000: 5052 4920 2a20  PRI * \n".utf8), "this is a hex dump with offsets"),
        (Array("00000000  50 52 49 20  |PRI |\n".utf8), "this is a hex dump with offsets"),
        (Array("0x50, 0x52".utf8), "this is hexadecimal with 0x"),
        (Array("505".utf8), "the last byte has only one hexadecimal digit"),
        (
            Array((String(repeating: "00000400000000000\n0", count: 2_000) + "x").utf8),
            "the input is hexadecimal only at its start"
        ),
        (FrameBuilder.settings().dropLast(1), "the input ends inside a frame"),
        (FrameBuilder.data(0, [1]), "protocolViolation"),
    ].map { (Array($0.0), $0.1) }

    @Test("the message for an input that cannot be decoded gives the reason", arguments: failures)
    func failure(bytes: [UInt8], message: String) throws {
        let result = try decode(bytes)
        #expect(result.errors.hasPrefix("Error: "))
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1)
        #expect(result.status == 1)
    }

    @Test("messages name a directory and standard input")
    func names() throws {
        let directory = try Tool(["decode", folder.path]).finish()
        #expect(directory.errors.hasPrefix("Error: \(folder.path): is a directory; decode needs"))
        let input = try Tool(["decode"]).finish()
        #expect(input.errors.hasPrefix("Error: standard input: the input is empty"))
    }

    @Test("frames are found wherever the bytes are cut", arguments: [1, 2, 8, 9, 10, 100])
    func scanner(size: Int) {
        let bytes =
            FrameBuilder.preface() + FrameBuilder.settings() + response(5) + FrameBuilder.ping(1)
            + response(1) + response(2)
        var scanner = FrameScanner(skipping: FrameBuilder.preface().count)
        var streams: Set<UInt32> = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            streams.formUnion(scanner.streams(in: Array(bytes[start...].prefix(size))))
        }
        #expect(streams == [1, 5])
        #expect(scanner.isAtBoundary)
    }
}
