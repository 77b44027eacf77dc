// SPDX-License-Identifier: MIT

public import H2

extension H2Configuration {
    /// Returns a configuration with changed limits.
    public static func limited(
        _ role: Role, _ change: (inout H2Limits) -> Void
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        change(&configuration.limits)
        return configuration
    }

    /// Returns a configuration without limits except those of the protocol.
    public static func unlimited(_ role: Role) -> H2Configuration {
        limited(role) { $0 = .unlimited }
    }

    /// This configuration with h2's policies: a malformed message, and a field section or a stream
    /// beyond a limit, end the connection.
    public var likeH2: H2Configuration {
        var configuration = self
        configuration.malformedMessages = .connectionError
        configuration.excess = .connectionError
        return configuration
    }

    /// Returns a configuration that announces this SETTINGS_MAX_HEADER_LIST_SIZE.
    public static func announcing(_ role: Role, maxHeaderListSize: UInt32) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [.maxHeaderListSize: maxHeaderListSize]
        return configuration
    }
}
