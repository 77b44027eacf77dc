// SPDX-License-Identifier: MIT

import ArgumentParser
import H2

struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetches a URL.",
        discussion: """
            The exit status is 0 for a 2xx or 3xx response (redirections are not followed), 22 for \
            one of 400 and above, and 1 if there was none or it did not arrive whole.
            """)

    @Argument(help: "http://HOST[:PORT][/PATH]") var url: String
    @Option(name: .short, help: "Write the body to this file.") var output: String?
    @Option(name: .short, help: "POST this text, or @FILE.") var data: String?
    @Flag(name: .shortAndLong, help: "Show each event and call on stderr.") var verbose = false

    func run() throws {
        // The authority, in it the host (IPv6 in brackets, or any other) and the port; the path.
        let pattern =
            /http:\/\/((?:\[([^\]]+)\]|([^:\/?#@\[\]]+))(?::(\d+))?)(\/[!-"$-~]*)?(?:#.*)?/
        guard let match = url.wholeMatch(of: pattern.ignoresCase()) else {
            throw Failure("\(url): not an http:// URL")
        }
        let (_, authority, numericHost, host, port, path) = match.output
        var body = data.map { Body(Array($0.utf8)) }
        if let data, data.hasPrefix("@") {
            body = try Body(Descriptor(opening: String(data.dropFirst())))
            if body == nil { throw Failure("\(data): not a regular file") }
        }
        var headers: H2Headers = [
            ":method": body == nil ? "GET" : "POST", ":scheme": "http",
            ":authority": String(authority), ":path": String(path ?? "/"), "user-agent": "h2tool",
        ]
        if let body { headers.append("content-length", String(body.length)) }
        let socket = try Descriptor.stream(String(numericHost ?? host ?? ""), String(port ?? "80"))
        let link = try Link(.client, over: socket, Trace(label: "", isOn: verbose))
        let id = try link.connection.nextAvailableStreamID()
        let isEnd = body?.isComplete ?? true
        link.note("sendHeaders stream \(id) \(headers) endStream=\(isEnd)")
        try link.connection.sendHeaders(headers, on: id, endStream: isEnd)
        var fetch = Fetch(link: link, id: id, upload: isEnd ? nil : body, outputPath: output)
        try fetch.run()
        if fetch.status >= 400 { throw ExitCode(22) }
    }
}

/// One request, whose headers are sent, and its response.
private struct Fetch {
    let link: Link
    let id: H2StreamID
    var upload: Body?
    let outputPath: String?
    var output = Descriptor.standardOutput
    var status = 0
    var isDone = false
    var progress: Progress?

    mutating func run() throws {
        // After an error this tells the peer why, if it still listens.
        defer { _ = try? link.flush() }
        while !isDone {
            let isBlocked = try sendPiece()
            let wantsOutput = try !link.flush() || !isBlocked
            let ready = try Descriptor.wait([(link.socket, !link.isBacklogged, wantsOutput)])
            if ready != [.input] { continue }
            let isOpen = try link.receive()
            for event in link.events where !isDone { try handle(event) }
            if !isOpen && !isDone { throw Failure("the connection ended before the response did") }
        }
        progress?.show(isLast: true)
        link.note("closeConnection")
        try? link.connection.closeConnection()
    }

    /// Sends a piece of the request's body. Returns whether more of it has to wait for the peer.
    mutating func sendPiece() throws -> Bool {
        guard var body = upload.take() else { return true }
        let count = try link.sendPiece(of: &body, on: id)
        if !body.isComplete { upload = body }
        return count == 0 && !link.isBacklogged
    }

    mutating func handle(_ event: H2Event) throws {
        switch event {
        case .responseReceived(let response):
            status = response.headers[":status"].flatMap { Int($0) } ?? 0
            if let outputPath { output = try Descriptor(opening: outputPath, Descriptor.creating) }
            if Descriptor.standardError.isTerminal && !output.isTerminal {
                progress = Progress(total: response.headers["content-length"].flatMap { Int($0) })
            }
        case .dataReceived(let data):
            try data.data.withSpan(output.pushAll)
            progress?.count += data.data.count
            progress?.show()
            try link.acknowledge(data.flowControlledLength, on: id)
        case .streamEnded:
            isDone = true
        case .streamReset(let reset):
            throw Failure("the stream was reset: \(reset.errorCode)")
        case .connectionTerminated(let end) where end.errorCode != .noError:
            let reason = String(decoding: end.additionalData, as: UTF8.self).printable
            throw Failure("the peer closed the connection: \(end.errorCode) \(reason)")
        default:
            break
        }
    }
}

/// How far a long response has come, on a terminal.
private struct Progress {
    let total: Int?
    var count = 0
    let start = ContinuousClock.now
    var shown = Duration.zero

    mutating func show(isLast: Bool = false) {
        let time = start.duration(to: .now)
        let isLong = time > .seconds(1) || count > 1 << 20
        guard isLast ? shown > .zero : isLong && time - shown > .milliseconds(100) else { return }
        shown = time
        let percent = total.map { $0 == 0 ? "" : " (\(count * 100 / $0) %)" } ?? ""
        let rate = Int(Double(count >> 20) / (time / .seconds(1)))
        printError("\r\(count) bytes\(percent), \(rate) MiB/s\u{1b}[K\(isLast ? "\n" : "")")
    }
}
