// SPDX-License-Identifier: MIT

package import H2

extension H2LimitUsage {
    /// How close the connection came to each limit that it used: the name, the most that was used
    /// at once, and the bound.
    package func lines(_ limits: H2Limits) -> [String] {
        let counts: [(H2Limit, Count)] = [
            (.peerResets, peerResets), (.provokedResets, provokedResets),
            (.controlFrames, controlFrames), (.windowUpdates, windowUpdates),
            (.emptyData, emptyData), (.smallData, smallData),
        ]
        let sizes: [(H2Limit, Int, Int?)] = [
            (.headerFields, headerFields, limits.headerFields),
            (.headerListSize, headerListSize, limits.headerListSize),
            (.continuationFrames, continuationFrames, limits.continuationFrames),
            (.headerBlockSize, headerBlockSize, limits.headerBlockSize),
            (.settingsPerFrame, settingsPerFrame, limits.settingsPerFrame),
            (
                .unacknowledgedSettings, mostUnacknowledgedSettings,
                limits.unacknowledgedSettings
            ),
            (.peerOutput, mostPeerOutput, limits.peerOutput), (.memory, mostMemory, limits.memory),
        ]
        let all =
            counts.map { ($0, $1.mostUsed, $1.allowance) } + sizes.map { ($0, $1, $2 ?? .max) }
        return all.compactMap { limit, most, bound in
            guard most > 0 else { return nil }
            return "\(limit) used=\(most) of=\(bound == .max ? "unlimited" : "\(bound)")"
        }
    }
}
