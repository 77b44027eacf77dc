// SPDX-License-Identifier: MIT

/// The settings of one side: what is in force, and a queue of those that are not acknowledged yet.
///
/// Each acknowledgement applies exactly one SETTINGS frame, RFC 9113 §6.5.3.
package struct SettingsState: Sendable {
    /// The values in force.
    private(set) var values: SettingValues
    package private(set) var unacknowledged: [H2Settings] = []

    /// The defaults of RFC 9113 §6.5.2 for a side, in the order in which h2 sends them.
    package init(of role: H2Configuration.Role) {
        values = role == .client ? Self.ofClients : Self.ofServers
    }

    private static let ofClients = SettingValues(defaults(enablePush: 1))
    private static let ofServers = SettingValues(defaults(enablePush: 0))

    /// The settings that a side announces first, unless the caller has others.
    static func announcedFirst(by role: H2Configuration.Role) -> H2Settings {
        role == .client ? firstOfClients : firstOfServers
    }

    private static let firstOfClients = first(defaults(enablePush: 1))
    private static let firstOfServers = first(defaults(enablePush: 0))

    private static func first(_ defaults: H2Settings) -> H2Settings {
        var settings = defaults
        settings[.maxConcurrentStreams] = 100
        settings[.maxHeaderListSize] = 65_536
        return settings
    }

    private static func defaults(enablePush: UInt32) -> H2Settings {
        [
            .headerTableSize: 4_096, .enablePush: enablePush, .initialWindowSize: 65_535,
            .maxFrameSize: 16_384, .enableConnectProtocol: 0,
        ]
    }

    var view: H2SettingsView {
        H2SettingsView(inForce: values.settings, unacknowledged: unacknowledged)
    }

    var initialWindowSize: Int { values.initialWindowSize }
    var maxFrameSize: Int { values.maxFrameSize }
    var maxConcurrentStreams: Int { values.maxConcurrentStreams }

    /// The value in force, or nil where neither RFC nor anybody set one.
    subscript(identifier: H2Settings.Identifier) -> UInt32? { values[identifier] }

    /// The value that was announced last, acknowledged or not.
    func announced(_ identifier: H2Settings.Identifier) -> UInt32? {
        unacknowledged.last { $0[identifier] != nil }?[identifier] ?? values[identifier]
    }

    /// How much larger than now INITIAL_WINDOW_SIZE will be at some time, if all is acknowledged.
    var announcedWindowGrowth: Int {
        let largest = unacknowledged.compactMap { $0[.initialWindowSize] }.max() ?? 0
        return max(0, Int(largest) - initialWindowSize)
    }

    /// Queues what was sent, until its acknowledgement.
    package mutating func announce(_ settings: H2Settings) { unacknowledged.append(settings) }

    /// The settings that the next acknowledgement applies.
    var next: H2Settings? { unacknowledged.first }

    /// Whether the next acknowledgement is for settings that are already in force.
    private(set) var isNextInForce = false

    /// Puts the oldest unacknowledged settings in force. Their acknowledgement, which arrives
    /// later, changes nothing.
    mutating func putNextInForce() {
        guard let next else { return }
        _ = put(next.entries, limit: .max)
        isNextInForce = true
    }

    /// Applies the oldest unacknowledged SETTINGS frame.
    package mutating func acknowledge() -> [H2SettingChange] {
        if isNextInForce {
            isNextInForce = false
            unacknowledged.removeFirst()
            return []
        }
        // Mostly there is one, and to take the last out is the cheaper.
        return switch unacknowledged.count {
        case 0: []
        case 1: put(unacknowledged.removeLast().entries, limit: .max)
        default: put(unacknowledged.removeFirst().entries, limit: .max)
        }
    }

    /// Puts settings of the peer in force. Those that nobody defined are kept, but not without end.
    mutating func receive(_ entries: some Collection<H2Settings.Entry>) -> [H2SettingChange] {
        put(entries, limit: SettingsRules.maxKept)
    }

    /// Puts the settings of an HTTP2-Settings value in force, without returning what changed.
    mutating func receiveFirst(_ entries: [H2Settings.Entry]) {
        for entry in entries { _ = values.replace(entry, limit: SettingsRules.maxKept) }
    }

    /// Puts settings in force: of those that are there twice the last value counts.
    ///
    /// - Parameter limit: How many there may be before one is kept that nobody defined.
    private mutating func put(
        _ entries: some Collection<H2Settings.Entry>, limit: Int
    ) -> [H2SettingChange] {
        var changes: [H2SettingChange] = []
        changes.reserveCapacity(entries.count)
        var seen: UInt64 = 0
        for entry in entries {
            let identifier = entry.identifier
            let old = values.replace(entry, limit: limit)
            // The bit of a number above 63 is none: all of those are looked for.
            let bit = UInt64(1) << UInt64(identifier.rawValue)
            if bit == 0 || seen & bit != 0,
                let index = changes.firstIndex(where: { $0.identifier == identifier })
            {
                changes[index].newValue = entry.value
            } else {
                changes.append(H2SettingChange(identifier, from: old, to: entry.value))
            }
            seen |= bit
        }
        return changes
    }
}
