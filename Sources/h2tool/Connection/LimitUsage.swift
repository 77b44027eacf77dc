// SPDX-License-Identifier: MIT

package import H2

extension H2LimitUsage {
    /// Returns a line for each limit that the connection used: the name, the largest use at once,
    /// and the bound.
    package func lines(_ limits: H2Limits) -> [String] {
        let counts = FrequencyLimit.allCases.map {
            ($0.rule.limit, self[$0].mostUsed, self[$0].allowance)
        }
        let sizes = SizeLimit.allCases.compactMap { size in
            size.rule.limit.map { ($0, self[size].largest, limits[size] ?? .max) }
        }
        return (counts + sizes).compactMap { limit, most, bound in
            guard most > 0 else { return nil }
            return "\(limit) used=\(most) of=\(bound == .max ? "unlimited" : "\(bound)")"
        }
    }
}
