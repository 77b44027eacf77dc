// SPDX-License-Identifier: MIT

import Foundation
import H2

/// Reads conversations from standard input and writes a report of each step to standard output.
///
/// The line `connection ROLE SWITCHES SETTINGS` begins a conversation and `finish` ends it. The
/// reports are written only then, so that neither process blocks the other. Each line in between is
/// a step: the verb, its arguments, the streams whose windows to report, and whether to drain the
/// output.
@main
struct Main {
    static func main() {
        var fault: Fault?
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--fault" {
            fault = Fault(rawValue: CommandLine.arguments[2])
            guard fault != nil else { fatalError("unknown fault") }
        } else if CommandLine.arguments.count > 1 {
            print(Fault.allCases.map(\.rawValue).joined(separator: " "))
            return
        }
        var connection = H2Connection(.client)
        var report = Report(fault)
        while let line = readLine() {
            var words = Words(line)
            let verb = words.next()
            switch verb {
            case "connection":
                connection = H2Connection(configuration(&words))
            case "finish":
                FileHandle.standardOutput.write(Data(report.text.bytes))
                report.clear()
            default:
                let outcome = connection.perform(verb, &words, fault)
                let streams = words.next()
                let drains = words.flag()
                report.append(outcome, of: connection, streams: streams, drains: drains)
            }
        }
    }

    private static func configuration(_ words: inout Words) -> H2Configuration {
        var configuration = H2Configuration(words.next() == "client" ? .client : .server)
        let switches = words.next().map { $0 == "1" }
        configuration.validateOutboundHeaders = switches[0]
        configuration.normalizeOutboundHeaders = switches[1]
        configuration.splitOutboundCookies = switches[2]
        configuration.validateInboundHeaders = switches[3]
        configuration.normalizeInboundHeaders = switches[4]
        configuration.initialSettings = words.settings()
        configuration.goAway = .closeAtOnce
        configuration.malformedMessages = .connectionError
        configuration.excess = .connectionError
        // h2 has no limit but this one.
        configuration.limits = .unlimited
        configuration.limits.headerListSize = 65_536
        return configuration
    }
}
