// SPDX-License-Identifier: MIT

import Foundation
import H2
import H2NIO
import H2NIOSSL
import HTTPTypes
import NIOCore
import NIOSSL

/// An Adler-32 checksum of a body that repeats the bytes 0 to 250, and its length.
struct Checksum {
    private var a: UInt64 = 1
    private var b: UInt64 = 0
    private(set) var count = 0

    mutating func add(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                for byte in rest.prefix(4_096) {
                    a += UInt64(byte)
                    b += a
                }
                a %= 65_521
                b %= 65_521
                rest = rest.dropFirst(4_096)
            }
        }
        count += buffer.readableBytes
    }

    var text: String { "\(count) \(b << 16 | a)" }
}

/// The pieces of a body that repeats the bytes 0 to 250.
struct Pieces: Sequence, IteratorProtocol {
    private static let block = ByteBuffer(bytes: (0..<251 * 512).map { UInt8($0 % 251) })
    private static let length = 251 * 256
    private var left: Int

    init(_ count: Int) { left = count }

    mutating func next() -> ByteBuffer? {
        guard left > 0 else { return nil }
        let count = Swift.min(left, Self.length)
        left -= count
        return Self.block.getSlice(at: 0, length: count)
    }
}

func serve(certificate: String, key: String) async throws {
    let tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map {
            .certificate($0)
        },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    let server = try await H2Server.bind(host: "127.0.0.1", port: 0, tls: tls) {
        request, body, writer in
        let path = request.path ?? ""
        if path == "/upload" {
            var checksum = Checksum()
            for try await bytes in body { checksum.add(bytes) }
            try await writer.respond(HTTPResponse(status: .ok), checksum.text + "\n")
        } else if let count = Int(path.split(separator: "/").last ?? "") {
            try await writer.head(HTTPResponse(status: .ok))
            for piece in Pieces(count) { try await writer.write(piece) }
            try await writer.end()
        } else {
            try await writer.respond(HTTPResponse(status: .ok), "hello\n")
        }
    }
    print("https://127.0.0.1:\(server.port)")
    fflush(nil)
    _ = FileHandle.standardInput.readDataToEndOfFile()
    await server.shutDown(grace: .seconds(5))
}

private func connect(port: String, certificate: String) async throws -> H2ClientConnection {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .file(certificate)
    return try await H2ClientConnection.connect(
        host: "127.0.0.1", port: Int(port) ?? 0, tls: tls, serverName: "localhost")
}

func download(port: String, certificate: String, count: String) async throws {
    let client = try await connect(port: port, certificate: certificate)
    let request = HTTPRequest(
        method: .get, scheme: "https", authority: "localhost", path: "/download/\(count)")
    let checksum = try await client.withResponse(to: request) { response in
        var checksum = Checksum()
        for try await bytes in response.body { checksum.add(bytes) }
        return checksum
    }
    print(checksum.text)
    await client.shutDown()
}

func upload(port: String, certificate: String, count: String) async throws {
    let client = try await connect(port: port, certificate: certificate)
    let request = HTTPRequest(
        method: .post, scheme: "https", authority: "localhost", path: "/upload")
    let bytes = Int(count) ?? 0
    let text = try await client.withResponse(to: request) { writer in
        for piece in Pieces(bytes) { try await writer.write(piece) }
    } _: { response in
        String(buffer: try await response.body.collect(upTo: 1_000))
    }
    print(text, terminator: "")
    await client.shutDown()
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let te = HTTPField.Name("te")!
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let grpcStatus = HTTPField.Name("grpc-status")!
}

/// Reads messages of one byte, with pauses in which the windows fill up.
func readStream(port: String, messages: String) async throws {
    let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: Int(port) ?? 0)
    let request = HTTPRequest(
        method: .post, scheme: "http", authority: "localhost", path: "/test.Test/Stream",
        headerFields: [.contentType: "application/grpc", .te: "trailers"])
    var message = ByteBuffer()
    message.writeBytes([0, 0, 0, 0, UInt8(messages.utf8.count)])
    message.writeString(messages)
    try await client.withResponse(to: request, body: message) { response in
        var received = ByteBuffer()
        var (count, sum, chunks) = (0, 0, 0)
        for try await var bytes in response.body {
            chunks += 1
            if chunks % 100 == 0 { try await Task.sleep(for: .milliseconds(20)) }
            received.writeBuffer(&bytes)
            while received.readableBytes >= 6 {
                guard let prefix = received.readBytes(length: 6), prefix[0..<5] == [0, 0, 0, 0, 1]
                else { fatalError("not a message of one byte") }
                count += 1
                sum += Int(prefix[5])
            }
            received.discardReadBytes()
        }
        let status = try await response.body.trailers?[.grpcStatus]
        print("\(count) messages, sum \(sum), status \(status ?? "none")")
    }
    await client.shutDown()
}
