// SPDX-License-Identifier: MIT

/// The input of `h2tool decode`, raw or hexadecimal. It is read piece by piece.
struct Capture {
    private static let need =
        "decode needs the bytes of one direction of a TCP connection, raw or as xxd -p prints them"
    /// The number of bytes that are read to recognize the format.
    private static let startSize = 1_024

    private let input: Descriptor
    private let name: String
    /// The first bytes; empty after `next` has used them.
    private var start: [UInt8] = []
    /// `nil` if the bytes are raw.
    private var hex: HexDecoder?
    private var isAtEnd = false

    /// - Parameter path: `-` is standard input.
    init(_ path: String) throws(Failure) {
        name = path == "-" ? "standard input" : path
        input = path == "-" ? .standardInput : try Descriptor(opening: path)
        if FileStatus(of: input)?.kind == .directory {
            throw Failure("\(name): is a directory; \(Self.need)")
        }
        if path == "-" && input.isTerminal {
            printError("reading standard input; Ctrl-D ends it\n")
        }
        while start.count < Self.startSize, case let piece = try read(), !piece.isEmpty {
            start += piece
        }
        if start.allSatisfy(HexDecoder.isWhitespace) && isAtEnd {
            throw Failure("\(name): the input is empty; \(Self.need)")
        }
        if let format = Self.otherFormat(of: start) {
            throw Failure("\(name): this is \(format); \(Self.need)")
        }
        var decoder = HexDecoder()
        if decoder.decode(start) != nil { hex = HexDecoder() }
    }

    /// Returns the next bytes; an empty array at the end.
    mutating func next() throws(Failure) -> [UInt8] {
        while true {
            let piece = start.isEmpty ? try read() : start
            start = []
            guard hex != nil else { return piece }
            guard let bytes = hex?.decode(piece) else {
                throw Failure("\(name): the input is hexadecimal only at its start")
            }
            if !bytes.isEmpty { return bytes }
            guard piece.isEmpty else { continue }
            if hex?.isComplete == false {
                throw Failure("\(name): the last byte has only one hexadecimal digit")
            }
            return []
        }
    }

    private mutating func read() throws(Failure) -> [UInt8] {
        // A terminal can be read again after Ctrl-D: treat the first end as final.
        while !isAtEnd {
            do throws(Failure) {
                guard let piece = try input.pull(upTo: 16_384) else {
                    _ = try Descriptor.wait([(input, true, false)])
                    continue
                }
                isAtEnd = piece.isEmpty
                return piece
            } catch {
                throw error.code.map { .system(name, $0) } ?? error
            }
        }
        return []
    }

    /// Returns the name of a format that cannot be decoded; `nil` if the input has none of these.
    private static func otherFormat(of start: [UInt8]) -> String? {
        switch start.prefix(4) {
        case [0xa1, 0xb2, 0xc3, 0xd4], [0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0x3c, 0x4d],
            [0x4d, 0x3c, 0xb2, 0xa1], [0x0a, 0x0d, 0x0d, 0x0a]:
            return "a packet capture (pcap)"
        default: break
        }
        // A handshake record, RFC 8446 §5.1.
        if start.starts(with: [0x16, 0x03]) { return "encrypted (TLS)" }
        let text = String(decoding: start, as: UTF8.self)
        if text.prefixMatch(of: /HTTP\/1\.|[A-Z]+ \S+ HTTP\/1\./) != nil { return "HTTP/1.1" }
        if text.prefixMatch(of: /\s*0000000[0 :]/) != nil { return "a hex dump with offsets" }
        if text.prefixMatch(of: /\s*0[xX]/) != nil { return "hexadecimal with 0x" }
        return nil
    }
}
