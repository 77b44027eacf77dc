// SPDX-License-Identifier: MIT

import Foundation
import H2TestSupport
import Testing
import h2tool

/// How `h2tool` interprets its arguments.
@Suite struct CommandLineTests {
    @Test(
        "short options are split as by curl",
        arguments: [
            ("get -XPOST a", "get -X=POST a"), ("get -iXPOST a", "get -i -X=POST a"),
            ("get -da=b a", "get -d=a=b a"), ("get -d=b a", "get -d==b a"),
            ("get -HAccept:x -oFILE", "get -H=Accept:x -o=FILE"),
            ("serve -p80 -b::", "serve -p=80 -b=::"),
            ("get -d -XPOST a", "get -d -XPOST a"), ("get --data -XPOST a", "get --data -XPOST a"),
            ("get --data=x -XPOST a", "get --data=x -X=POST a"),
            ("get --head -XPOST a", "get --head -X=POST a"), ("get -iv a", "get -iv a"),
            ("get -id x a", "get -i -d x a"), ("get -zd -- -Xa", "get -zd -- -Xa"),
            ("get - -d", "get - -d"), ("get 1", "get 1"),
        ])
    func shortOptions(typed: String, expected: String) {
        let words = typed.split(separator: " ").map { String($0) }
        #expect(ShortOptions.split(words).joined(separator: " ") == expected)
    }

    typealias Case = (arguments: [String], message: String)

    static let usageErrors: [Case] = [
        (["GET"], "unknown subcommand 'GET'; the subcommands are serve, get and decode\n"),
        (["localhost:80/"], "'localhost:80/'; to fetch a URL: h2tool get localhost:80/\n"),
        (["serve", ""], "DIRECTORY is empty; use . for the current directory\n"),
        (["serve", "-p", "70000"], "70000 is not a port; ports are 0 to 65535\n"),
        (["serve", "-p-1"], "-1 is not a port"), (["serve", "-p", "abc"], "abc is not a port"),
        (["serve", "-b", "127.0.0.1:80"], "--bind 127.0.0.1:80: give the port with --port\n"),
        (["serve", "-b[::1]:80"], "--bind [::1]:80: give the port with --port\n"),
        (["serve", "--idle-timeout", "0"], "--idle-timeout 0: use 0.001 to 1000000000 seconds\n"),
        (["serve", "--stop-timeout", "-1"], "--stop-timeout -1: use"),
        (["serve", "--max-connections", "-1"], "--max-connections -1: use 1 to 1000000\n"),
        (["get", "--max-time", "-1", "a"], "--max-time -1: use 0.001 to 1000000000 seconds\n"),
        (["get", "-m0", "a"], "--max-time 0: use"),
        (["get", "--connect-timeout", "x", "a"], "--connect-timeout x: use"),
        (["get", "-d", "@", "a"], "-d @: the file name is missing\n"),
        (["get", "-o", "", "a"], "-o '': the file name is missing\n"),
        (["get", "-d", "x", "-d", "@y", "a"], "-d @y must be the only -d"),
    ]

    @Test("the message for a wrong argument gives the reason", arguments: usageErrors)
    func usageError(arguments: [String], message: String) throws {
        let result = try Tool(arguments).finish()
        #expect(result.errors.hasPrefix("Error: "))
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.contains("Usage: h2tool "))
        #expect(result.status == 64)
    }

    @Test(
        "the help of each subcommand has a usage line, exit statuses and examples",
        arguments: ["serve", "get", "decode"])
    func help(subcommand: String) throws {
        let text = try Tool([subcommand, "--help"]).finish().text
        for part in ["USAGE: h2tool \(subcommand) ", "\nEXAMPLES:\n  h2tool \(subcommand) ", "64"] {
            #expect(text.contains(part), "\(text)")
        }
    }

    // MARK: serve

    @Test("the message for a directory that cannot be served gives the reason")
    func directory() throws {
        let folder = try TemporaryFolder()
        try folder.makeFile("file", "")
        for (name, message) in [
            ("no", "no: no such directory\n"),
            ("80", "80: no such directory; to listen on this port"),
            ("a:80", "a:80: no such directory; to choose the address and the port, use --bind and"),
            ("\(folder.path)/file", "file: not a directory\n"),
        ] {
            let result = try Tool(["serve", "-p0", name]).finish()
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(result.status == 1)
        }
    }

    @Test("the message for an address that cannot be listened on gives the reason")
    func address() throws {
        let port = try ScriptedServer()
        for (arguments, message) in [
            (["-b192.0.2.1"], "cannot listen: 192.0.2.1 is not an address of this machine\n"),
            (["-p\(port.port)"], "Address already in use (--port 0 uses any free port)\n"),
        ] {
            let result = try Tool(["serve", "/"] + arguments).finish()
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(result.status == 1)
        }
    }
}
