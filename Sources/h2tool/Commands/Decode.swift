// SPDX-License-Identifier: MIT

import ArgumentParser

struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the events in the bytes of one direction of a connection.",
        usage: "h2tool decode [FILE]",
        discussion: """
            The bytes are raw or hexadecimal. If they begin with the client preface, they are \
            decoded as by a server, otherwise as by a client that sent a GET on each stream, so a \
            response to HEAD may appear malformed. A SETTINGS acknowledgement shows h2tool's \
            settings, not the captured ones.

            To get the bytes with Wireshark: Follow > TCP Stream, choose one direction, show data \
            as Raw, and save.

            The exit status is 0 if all bytes are decoded, 64 after a usage error, and 1 after any \
            other error.

            EXAMPLES:
              h2tool decode capture.bin           raw bytes in a file
              xxd -p capture.bin | h2tool decode  hexadecimal digits on standard input
            """)

    /// The number of bytes to read before decoding. Requests are sent first on all streams in these
    /// bytes, because a GOAWAY or a limit in them would prevent that.
    private static let startSize = 4 << 20

    @Argument(
        help: ArgumentHelp("The file with the bytes, or - for standard input.", valueName: "FILE"))
    var file = "-"

    func run() throws {
        // This must come before anything is opened.
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
