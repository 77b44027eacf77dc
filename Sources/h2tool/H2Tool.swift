// SPDX-License-Identifier: MIT

import ArgumentParser
import H2

@main
struct H2Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "h2tool",
        abstract: "A server, a client and a decoder for HTTP/2 without TLS.",
        usage: "h2tool SUBCOMMAND [OPTION...] [ARGUMENT...]",
        discussion: """
            h2tool speaks HTTP/2 from the first byte ("prior knowledge", RFC 9113 §3.3).

            EXAMPLES:
              h2tool serve site                serve a directory on http://127.0.0.1:8080
              h2tool get localhost:8080/       fetch a URL
              h2tool get -v localhost:8080/    show events and calls, too
              h2tool decode capture.bin        show the events in captured bytes
            """,
        version: "h2tool \(packageVersion)",
        subcommands: [Serve.self, Get.self, Decode.self])

    static func main() {
        let arguments = ShortOptions.split(Array(CommandLine.arguments.dropFirst()))
        if let first = arguments.first, !first.hasPrefix("-"),
            !["serve", "get", "decode", "help"].contains(first)
        {
            exit(withError: ValidationError(unknownSubcommand(first.printable)))
        }
        main(arguments)
    }

    private static func unknownSubcommand(_ name: String) -> String {
        let isPath = name.hasPrefix(".") || name.hasPrefix("/")
        let looksLikeURL = !isPath && (name.contains(":") || name.contains("/"))
        return "unknown subcommand '\(name)'; "
            + (looksLikeURL
                ? "to fetch a URL: h2tool get \(name)"
                : "the subcommands are serve, get and decode")
    }
}
