// SPDX-License-Identifier: MIT

import ArgumentParser

/// The library at work over plain sockets: a server, a client and a decoder.
@main
struct H2Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "h2tool", abstract: "Speaks HTTP/2 without TLS (h2c, prior knowledge).",
        subcommands: [Serve.self, Get.self, Decode.self])
}
