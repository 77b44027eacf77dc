// SPDX-License-Identifier: MIT

import ArgumentParser

struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the events in the bytes of one direction of a connection.",
        usage: "h2tool decode [FILE]",
        discussion: """
            The bytes are raw or hexadecimal. After a client preface they are read as by a server, \
            else as by a client that sent a GET on each stream: a response to HEAD may look wrong. \
            Acknowledged settings are h2tool's own.

            To get the bytes with Wireshark: Follow > TCP Stream, choose one direction, show data \
            as Raw, and save.

            The exit status is 0 if all bytes are decoded, 64 after a wrong option, and 1 after \
            any other error.

            EXAMPLES:
              h2tool decode capture.bin           raw bytes in a file
              xxd -p capture.bin | h2tool decode  hexadecimal digits on standard input
            """)

    /// Bytes whose streams are opened before any of them is received: thus a GOAWAY or a limit
    /// among them does not prevent that.
    private static let startSize = 4 << 20

    @Argument(help: ArgumentHelp("Where the bytes are; - is standard input.", valueName: "FILE"))
    var file = "-"

    func run() throws {
        // Before anything is opened.
        Descriptor.reserveStandardStreams()
        do { try replay() } catch { throw Failure("\(error)".printable) }
    }

    private func replay() throws {
        var capture = try Capture(file)
        var bytes: [UInt8] = []
        while bytes.count < Self.startSize, case let piece = try capture.next(), !piece.isEmpty {
            bytes += piece
        }
        var replay = try Replay(bytes)
        while !bytes.isEmpty {
            try replay.receive(bytes)
            bytes = try capture.next()
        }
        try replay.finish()
    }
}
