// SPDX-License-Identifier: MIT

import ArgumentParser

struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches URLs over HTTP/2 without TLS.",
        usage: "h2tool get [OPTION...] URL...",
        discussion: """
            URLs are fetched one after the other; successive URLs with the same host and port \
            share a connection. Without -o, bodies go to standard output. Redirects are not \
            followed. A request that the server refuses to process is sent again once, on a new \
            connection.

            The exit status is 0 after a 2xx or 3xx response, 22 after a 4xx or 5xx response, 28 \
            after a timeout, 64 after a usage error, and 1 after any other error. With several \
            URLs, it is that of the first failure.

            EXAMPLES:
              h2tool get localhost:8080/
              h2tool get -d hello localhost:8080/echo
              h2tool get -i -d @photo.jpg -H 'Content-Type: image/jpeg' localhost:8080/echo
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
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "POST this text, the content of a file, or standard input as it arrives; the texts of "
                + "several -d are joined with &.", valueName: "TEXT|@FILE|@-"))
    var data: [String] = []

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
        name: [.customShort("m"), .customLong("max-time")], parsing: .unconditional,
        help: ArgumentHelp(
            "Give up on a URL that takes longer than this.", valueName: "SECONDS"))
    var maxTime: Seconds?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give up on an address that does not answer within this time.", valueName: "SECONDS"))
    var connectTimeout: Seconds = 10

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give up if the server neither sends a part of the response nor accepts a part of the "
                + "request for this long.", valueName: "SECONDS"))
    var idleTimeout: Seconds = 60

    @Flag(name: .shortAndLong, help: "Show no progress.")
    var silent = false

    @Flag(name: .customLong("http2-prior-knowledge"), help: .hidden)
    var hasPriorKnowledge = false

    @Flag(name: .shortAndLong, help: "Show each event and call on standard error.")
    var verbose = false

    func validate() throws {
        try Seconds.validate([
            "--max-time": maxTime, "--connect-timeout": connectTimeout,
            "--idle-timeout": idleTimeout,
        ])
        if outputs.count > urls.count {
            throw ValidationError("There are more -o (\(outputs.count)) than URLs (\(urls.count)).")
        }
        if outputs.contains("") { throw ValidationError("-o '': the file name is missing") }
        if isHead && !data.isEmpty { throw ValidationError("-I and -d cannot be combined.") }
        if data.contains("@") { throw ValidationError("-d @: the file name is missing") }
        if data.count > 1, let file = data.first(where: { $0.hasPrefix("@") }) {
            throw ValidationError("-d \(file) must be the only -d; only texts can be joined")
        }
        if data == ["@-"] && urls.count > 1 {
            throw ValidationError("-d @- needs a single URL: standard input can be read only once.")
        }
    }

    func run() throws {
        // This must come before anything is opened.
        Descriptor.reserveStandardStreams()
        let request = try Request(
            method: method ?? (isHead ? "HEAD" : data.isEmpty ? "GET" : "POST"), fields: fields,
            body: data.isEmpty ? nil : Upload(data.joined(separator: "&")))
        let timeouts = Timeouts(
            connect: connectTimeout.duration, idle: idleTimeout.duration, total: maxTime?.duration)
        var client = Client(timeouts, Trace(label: "", isOn: verbose))
        var codes: [ExitCode] = []
        for (index, url) in urls.enumerated() {
            let output = Output(
                index < outputs.count ? outputs[index] : nil, showsProgress: !silent)
            let code = fetch(url, request, &client, output)
            // The next responses would have no reader, either.
            guard let code else {
                codes.append(.failure)
                break
            }
            codes.append(code)
        }
        client.close()
        if let failed = codes.first(where: { !$0.isSuccess }) { throw failed }
    }

    /// Returns the exit status for one URL; `nil` if the reader of the output has closed it.
    private func fetch(
        _ url: String, _ request: Request, _ client: inout Client, _ output: Output
    ) -> ExitCode? {
        do {
            let (status, location) = try client.fetch(
                Target(url), request, to: output, showsSections: include || isHead)
            if 300..<400 ~= status, let location {
                let name = urls.count > 1 ? "\(url): " : ""
                printError("\(name)redirected to \(location) (not followed)".printable + "\n")
            }
            if status < 400 { return .success }
            report("\(url): the server answered with status \(status)")
            return ExitCode(22)
        } catch is ReaderGone {
            return nil
        } catch {
            let hasName = urls.count == 1 || "\(error)".hasPrefix("\(url): ")
            report(hasName ? "\(error)" : "\(url): \(error)")
            return error is TimedOut ? ExitCode(28) : .failure
        }
    }
    /// Prints an error in the format of ArgumentParser.
    private func report(_ text: String) { printError("Error: \(text.printable)\n") }
}
