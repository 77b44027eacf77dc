// SPDX-License-Identifier: MIT

import H2

extension H2Limits {
    /// The limits that are attacked: the defaults. Debug code is about 20 times slower, so its
    /// budgets are a twentieth.
    static let attacked: H2Limits = {
        var limits = H2Limits()
        #if DEBUG
        for limit in FrequencyLimit.allCases {
            limits[limit].allowance /= 20
            limits[limit].perSecond /= 20
        }
        limits.peerOutput = limits.peerOutput.map { $0 / 20 }
        #endif
        return limits
    }()

    /// Returns the attacked limits without the given ones.
    static func attacked(without removed: [H2Limit]) -> H2Limits {
        attacked.replacing(removed, with: .unlimited)
    }

    /// Returns only the given limit, with its attacked value.
    static func only(_ limit: H2Limit) -> H2Limits { unlimited.replacing([limit], with: attacked) }

    /// Returns a copy in which the named limits come from `other`.
    private func replacing(_ names: [H2Limit], with other: H2Limits) -> H2Limits {
        var limits = self
        for limit in FrequencyLimit.allCases where names.contains(limit.rule.limit) {
            limits[limit] = other[limit]
        }
        for limit in SizeLimit.allCases where limit.rule.limit.map(names.contains) == true {
            limits[limit] = other[limit]
        }
        return limits
    }
}

extension H2Limit {
    /// The number of units that the attacked limit allows at once, raised by announced streams and
    /// windows; 0 for a limit on a size.
    var burst: Int {
        guard let budget else { return 0 }
        return switch self {
        case .peerResets, .provokedResets: max(budget.allowance, 2 * 100)
        case .smallData: max(budget.allowance, 65_535 / 5)
        default: budget.allowance
        }
    }

    /// The number of units that the limit allows on a connection that is never passed a time.
    var lifetime: Int { burst + (budget?.perSecond ?? 0) * 600 }

    private var budget: H2Limits.Budget? {
        FrequencyLimit.allCases.first { $0.rule.limit == self }.map { H2Limits.attacked[$0] }
    }
}
