// SPDX-License-Identifier: MIT

public import H2

extension H2Configuration {
    /// With other limits.
    public static func limited(
        _ role: Role, _ change: (inout H2Limits) -> Void
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        change(&configuration.limits)
        return configuration
    }

    /// With nothing but the bounds of the protocol.
    public static func unlimited(_ role: Role) -> H2Configuration {
        limited(role) { $0 = .unlimited }
    }

    /// With that MAX_HEADER_LIST_SIZE.
    public static func announcing(_ role: Role, maxHeaderListSize: UInt32) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [.maxHeaderListSize: maxHeaderListSize]
        return configuration
    }
}
