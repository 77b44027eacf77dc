// SPDX-License-Identifier: MIT

import ArgumentParser

struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches URLs over HTTP/2 without TLS.",
        usage: "h2tool get [options] URL...",
        discussion: """
            URLs are fetched one after the other; successive URLs with the same host and port \
            share a connection. Without -o, bodies go to standard output. Redirects are not \
            followed.

              h2tool get localhost:8080/
              h2tool get -i -d @photo.jpg -H 'Content-Type: image/jpeg' localhost/up

            The exit status is 0 after a 2xx or 3xx response, 22 after a 4xx or 5xx response, 28 \
            after a timeout, 64 after a usage error, and 1 after any other error. With several \
            URLs, it is that of the first failure.
            """)

    @Argument(help: ArgumentHelp("[http://]HOST[:PORT][/PATH][?QUERY]", valueName: "URL"))
    var urls: [String]

    @Option(
        name: [.customShort("o"), .customLong("output")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Write the body to FILE, or to standard output for -; the nth -o is for the nth URL.",
            valueName: "FILE"))
    var outputs: [String] = []

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp(
            "POST this text, the content of a file, or standard input as it arrives.",
            valueName: "TEXT|@FILE|@-"))
    var data: String?

    @Option(
        name: [.customShort("H"), .customLong("header")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Send this field; 'Name:' removes a default field, 'Name;' sends an empty value.",
            valueName: "'Name: value'"))
    var fields: [String] = []

    @Option(
        name: [.customShort("X"), .customLong("request")], parsing: .unconditional,
        help: ArgumentHelp("Use this method.", valueName: "METHOD"))
    var method: String?

    @Flag(
        name: [.customShort("I"), .customLong("head")],
        help: "Send a HEAD request, and write the header section of the response to the output.")
    var isHead = false

    @Flag(name: .shortAndLong, help: "Also write header and trailer sections to the output.")
    var include = false

    @Option(
        help: ArgumentHelp(
            "Give up on a URL that takes longer than this.", valueName: "SECONDS"))
    var maxTime: Double?

    @Option(
        help: ArgumentHelp(
            "Give up on an address that does not answer within this time (default: 10).",
            valueName: "SECONDS"))
    var connectTimeout: Double?

    @Option(
        help: ArgumentHelp(
            "Give up if the server neither sends a part of the response nor accepts a part of the "
                + "request for this long (default: 60).", valueName: "SECONDS"))
    var idleTimeout: Double?

    @Flag(name: .shortAndLong, help: "Show each event and call on standard error.")
    var verbose = false

    func validate() throws {
        for case let time? in [maxTime, connectTimeout, idleTimeout] where !(0.001...1e9 ~= time) {
            throw ValidationError("Timeouts must be 0.001 to 1000000000 seconds; one is \(time).")
        }
        if outputs.count > urls.count {
            throw ValidationError("There are more -o (\(outputs.count)) than URLs (\(urls.count)).")
        }
        if isHead && data != nil { throw ValidationError("-I and -d cannot be combined.") }
        if data == "@-" && urls.count > 1 {
            throw ValidationError("-d @- needs a single URL: standard input can be read only once.")
        }
    }

    func run() throws {
        // This must come before anything is opened.
        Descriptor.reserveStandardStreams()
        let request = try Request(
            method: method ?? (isHead ? "HEAD" : data == nil ? "GET" : "POST"), fields: fields,
            body: data.map { text throws(Failure) in try Upload(text) })
        let timeouts = Timeouts(
            connect: .seconds(connectTimeout ?? 10), idle: .seconds(idleTimeout ?? 60),
            total: maxTime.map { .seconds($0) })
        var client = Client(timeouts, Trace(label: "", isOn: verbose))
        var codes: [ExitCode] = []
        for (index, url) in urls.enumerated() {
            let output = Output(index < outputs.count ? outputs[index] : nil)
            let code = fetch(url, request, &client, output)
            // The next responses would have no reader either.
            guard let code else {
                codes.append(.failure)
                break
            }
            codes.append(code)
        }
        client.close()
        if let failed = codes.first(where: { !$0.isSuccess }) { throw failed }
    }

    /// Returns the exit status for one URL; nil if the reader of the output has closed it.
    private func fetch(
        _ url: String, _ request: Request, _ client: inout Client, _ output: Output
    ) -> ExitCode? {
        do {
            let status = try client.fetch(
                Target(url), request, to: output, showsSections: include || isHead)
            if status < 400 { return .success }
            report("\(url): the server answered with status \(status)")
            return ExitCode(22)
        } catch is ReaderGone {
            return nil
        } catch {
            report("\(error)")
            return error is TimedOut ? ExitCode(28) : .failure
        }
    }
    /// Prints an error in the format of ArgumentParser.
    private func report(_ text: String) { printError("Error: \(text.printable)\n") }
}
