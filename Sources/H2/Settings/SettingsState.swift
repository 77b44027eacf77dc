// SPDX-License-Identifier: MIT

/// The settings of one side: the values in force, and a queue of the unacknowledged SETTINGS.
///
/// Each acknowledgement applies exactly one SETTINGS frame, RFC 9113 §6.5.3.
package struct SettingsState: Sendable {
    /// The values in force.
    private(set) var values: SettingValues
    package private(set) var unacknowledged: [H2Settings] = []

    /// Creates the default settings of a side, RFC 9113 §6.5.2.
    package init(of role: H2Configuration.Role) {
        values = role == .client ? Self.ofClients : Self.ofServers
    }

    private static let ofClients = SettingValues(defaults(enablePush: 1))
    private static let ofServers = SettingValues(defaults(enablePush: 0))

    /// Returns the settings that a side announces first, unless the caller configures others. They
    /// are in the order of h2.
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

    /// The value in force, or `nil` if the setting has neither a default nor an announced value.
    subscript(identifier: H2Settings.Identifier) -> UInt32? { values[identifier] }

    /// Returns the value that was announced last, acknowledged or not: the one that the peer may
    /// already apply.
    func announced(_ identifier: H2Settings.Identifier) -> UInt32? {
        unacknowledged.last { $0[identifier] != nil }?[identifier] ?? values[identifier]
    }

    /// The difference between the largest unacknowledged INITIAL_WINDOW_SIZE and the one in force,
    /// at least 0.
    var announcedWindowGrowth: Int {
        let largest = unacknowledged.compactMap { $0[.initialWindowSize] }.max() ?? 0
        return max(0, Int(largest) - initialWindowSize)
    }

    /// Adds the settings of a sent frame to the queue.
    package mutating func announce(_ settings: H2Settings) { unacknowledged.append(settings) }

    /// The settings that the next acknowledgement is for.
    var next: H2Settings? { unacknowledged.first }

    /// Whether the settings that the next acknowledgement is for are already in force.
    private(set) var isNextInForce = false

    /// Puts the oldest unacknowledged settings in force. Their acknowledgement, which arrives
    /// later, changes nothing.
    mutating func putNextInForce() {
        guard let next else { return }
        _ = put(next.entries, limit: .max)
        isNextInForce = true
    }

    /// Applies the oldest unacknowledged SETTINGS frame, and returns the changes.
    package mutating func acknowledge() -> [H2SettingChange] {
        if isNextInForce {
            isNextInForce = false
            unacknowledged.removeFirst()
            return []
        }
        // Usually there is one, and removing the last element is cheaper.
        return switch unacknowledged.count {
        case 0: []
        case 1: put(unacknowledged.removeLast().entries, limit: .max)
        default: put(unacknowledged.removeFirst().entries, limit: .max)
        }
    }

    /// Puts settings of the peer in force, and returns the changes. The number of unknown settings
    /// that are kept is limited.
    mutating func receive(_ entries: some Collection<H2Settings.Entry>) -> [H2SettingChange] {
        put(entries, limit: SettingsRules.maxKeptSettings)
    }

    /// Puts the settings of an HTTP2-Settings value in force, without returning what changed.
    mutating func receiveFirst(_ entries: [H2Settings.Entry]) {
        for entry in entries { _ = values.replace(entry, limit: SettingsRules.maxKeptSettings) }
    }

    /// Puts settings in force, and returns the changes. The last value of a repeated setting
    /// applies.
    ///
    /// - Parameter limit: An unknown setting is added only if fewer settings are present.
    private mutating func put(
        _ entries: some Collection<H2Settings.Entry>, limit: Int
    ) -> [H2SettingChange] {
        var changes: [H2SettingChange] = []
        changes.reserveCapacity(entries.count)
        var seen: UInt64 = 0
        for entry in entries {
            let identifier = entry.identifier
            let old = values.replace(entry, limit: limit)
            // Identifiers above 63 have no bit, so they are always searched for.
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
