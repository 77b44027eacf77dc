// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Counts of the frame types, events and errors that the mutated conversations reached.
struct MutationTally {
    /// Frames that were accepted without an error, by type 0x0 to 0x9, and 10 for all others.
    private(set) var accepted = [Int](repeating: 0, count: 11)
    /// Frames that caused a connection error, if it is known which one did.
    private(set) var fatal = [Int](repeating: 0, count: 11)
    /// Frames that the connection wrote.
    private(set) var sent = [Int](repeating: 0, count: 11)
    private(set) var events = [Int](repeating: 0, count: Self.eventNames.count)
    private(set) var errors: [String: Int] = [:]
    /// Codes of RST_STREAM that the connection wrote, and of GOAWAY.
    private(set) var resets: [String: Int] = [:]
    private(set) var goAways: [String: Int] = [:]
    /// Kinds of local errors of the random calls.
    private(set) var refusals: [String: Int] = [:]
    private(set) var conversations = 0
    private(set) var comparisons = 0
    /// The problems that were found.
    private(set) var failures: [String] = []

    static let eventNames = [
        "requestReceived", "responseReceived", "informationalResponseReceived",
        "trailersReceived", "dataReceived", "streamEnded", "streamReset", "windowUpdated",
        "remoteSettingsChanged", "settingsAcknowledged", "pingReceived", "pingAckReceived",
        "pushedStreamReceived", "priorityUpdated", "connectionTerminated",
        "unknownFrameReceived", "alternativeServiceAvailable",
    ]

    mutating func accept(_ types: [UInt8]) {
        for type in types { accepted[min(Int(type), 10)] += 1 }
    }

    mutating func fail(_ type: UInt8) { fatal[min(Int(type), 10)] += 1 }

    mutating func send(_ frame: WireFrame) {
        sent[min(Int(frame.type.rawValue), 10)] += 1
        guard let code = frame.errorCode else { return }
        let name = "\(H2ErrorCode(rawValue: code))"
        if frame.type == .goAway {
            goAways[name, default: 0] += 1
        } else {
            resets[name, default: 0] += 1
        }
    }

    mutating func note(_ error: H2Error) { errors["\(error.kind)", default: 0] += 1 }

    mutating func recordRefusal(_ error: H2Error) { refusals["\(error.kind)", default: 0] += 1 }

    mutating func recordConversation() { conversations += 1 }

    mutating func recordComparison() { comparisons += 1 }

    mutating func report(_ text: String) { if failures.count < 20 { failures.append(text) } }

    mutating func note(_ event: H2Event) {
        let index: Int? =
            switch event {
            case .requestReceived: 0
            case .responseReceived: 1
            case .informationalResponseReceived: 2
            case .trailersReceived: 3
            case .dataReceived: 4
            case .streamEnded: 5
            case .streamReset: 6
            case .windowUpdated: 7
            case .remoteSettingsChanged: 8
            case .settingsAcknowledged: 9
            case .pingReceived: 10
            case .pingAckReceived: 11
            case .pushedStreamReceived: 12
            case .priorityUpdated: 13
            case .connectionTerminated: 14
            case .unknownFrameReceived: 15
            case .alternativeServiceAvailable: 16
            // Only features that these connections do not use cause other events.
            default: nil
            }
        if let index { events[index] += 1 }
    }

    /// Returns what occurred fewer than `least` times, of what this role can meet.
    func missing(least: Int, role: H2Configuration.Role) -> [String] {
        var rare: [String] = []
        for type in 0..<11 where accepted[type] + fatal[type] < least {
            rare.append("frame type \(WireFrame.Kind(rawValue: UInt8(type)))")
        }
        let impossible =
            role == .server
            ? [
                "responseReceived", "informationalResponseReceived", "pushedStreamReceived",
                "alternativeServiceAvailable",
            ]
            : ["requestReceived"]
        for (index, name) in Self.eventNames.enumerated()
        where events[index] < least && !impossible.contains(name) {
            rare.append("event \(name)")
        }
        let kinds: [H2Error.Kind] = [
            .protocolViolation, .frameTooLarge, .frameDataMissing, .tooManyStreams, .flowControl,
            .streamIDTooLow, .noSuchStream, .streamClosed, .invalidSettingsValue,
            .invalidBodyLength, .denialOfService,
        ]
        for kind in kinds where errors["\(kind)", default: 0] < least {
            rare.append("error \(kind)")
        }
        return rare
    }
}

extension MutationTally: CustomStringConvertible {
    /// All counts as a table.
    var description: String {
        var lines = ["\(conversations) conversations, \(comparisons) compared across splits"]
        lines.append("frame            accepted    fatal     sent")
        for type in 0..<11 {
            let name = type == 10 ? "others" : "\(WireFrame.Kind(rawValue: UInt8(type)))"
            lines.append(
                Self.padded(name, 14) + Self.right(accepted[type], 11) + Self.right(fatal[type], 9)
                    + Self.right(sent[type], 9))
        }
        let counted: [(String, [(String, Int)])] = [
            ("event", Array(zip(Self.eventNames, events))),
            ("error", Self.sorted(errors)), ("RST_STREAM sent", Self.sorted(resets)),
            ("GOAWAY sent", Self.sorted(goAways)), ("call refused", Self.sorted(refusals)),
        ]
        for (title, rows) in counted {
            lines.append(title)
            for (name, count) in rows {
                lines.append("  " + Self.padded(name, 32) + Self.right(count, 9))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func sorted(_ counts: [String: Int]) -> [(String, Int)] {
        counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func right(_ count: Int, _ width: Int) -> String {
        let text = String(count)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
