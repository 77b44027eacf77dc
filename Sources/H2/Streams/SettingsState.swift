// SPDX-License-Identifier: MIT

/// The settings of one side: what is in force, and a queue of those that are not acknowledged yet.
///
/// Each acknowledgement applies exactly one SETTINGS frame, RFC 9113 §6.5.3.
package struct SettingsState: Sendable {
    package private(set) var inForce: H2Settings
    /// Values in force that are asked for with each frame.
    private(set) var initialWindowSize = 65_535
    private(set) var maxFrameSize = 16_384
    private(set) var maxConcurrentStreams = Int.max
    package private(set) var unacknowledged: [H2Settings] = []

    /// The defaults of RFC 9113 §6.5.2 for a side, in the order in which h2 sends them.
    package init(of role: H2Configuration.Role) {
        inForce = role == .client ? Self.ofClients : Self.ofServers
    }

    private static let ofClients = defaults(enablePush: 1)
    private static let ofServers = defaults(enablePush: 0)

    /// The settings that a side announces first, unless the caller has others.
    static func announcedFirst(by role: H2Configuration.Role) -> H2Settings {
        role == .client ? firstOfClients : firstOfServers
    }

    private static let firstOfClients = first(ofClients)
    private static let firstOfServers = first(ofServers)

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

    var view: H2SettingsView { H2SettingsView(inForce: inForce, unacknowledged: unacknowledged) }

    /// The value that was announced last, acknowledged or not.
    func announced(_ identifier: H2Settings.Identifier) -> UInt32? {
        unacknowledged.last { $0[identifier] != nil }?[identifier] ?? inForce[identifier]
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

    /// Applies the oldest unacknowledged SETTINGS frame.
    package mutating func acknowledge() -> [H2SettingChange] {
        guard !unacknowledged.isEmpty else { return [] }
        return apply(unacknowledged.removeFirst())
    }

    /// Puts settings of the peer in force. Those that nobody defined are kept, but not without end.
    package mutating func receive(_ settings: H2Settings) -> [H2SettingChange] {
        guard inForce.entries.count + settings.entries.count > SettingsRules.maxKept else {
            return apply(settings)
        }
        var kept = H2Settings()
        var room = SettingsRules.maxKept - inForce.entries.count
        for entry in settings.entries {
            let isNew = inForce[entry.identifier] == nil
            guard !isNew || entry.identifier.isDefined || room > 0 else { continue }
            if isNew { room -= 1 }
            kept[entry.identifier] = entry.value
        }
        let changes = inForce.changes(by: settings)
        _ = apply(kept)
        return changes
    }

    /// Puts settings in force.
    package mutating func apply(_ settings: H2Settings) -> [H2SettingChange] {
        let changes = inForce.changes(by: settings)
        inForce.merge(settings)
        initialWindowSize = Int(inForce[.initialWindowSize] ?? 65_535)
        maxFrameSize = Int(inForce[.maxFrameSize] ?? 16_384)
        maxConcurrentStreams = inForce[.maxConcurrentStreams].map { Int($0) } ?? .max
        return changes
    }
}
