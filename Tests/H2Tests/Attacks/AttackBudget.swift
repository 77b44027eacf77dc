// SPDX-License-Identifier: MIT

import H2

/// The budgets that attacks are about, each with its switch.
enum AttackBudget: Sendable, CaseIterable, CustomStringConvertible {
    case peerResets, provokedResets, controlFrames, windowUpdates, emptyData, smallData
    case headerFields, headerListSize, continuationFrames, headerBlockSize, settingsPerFrame
    case peerOutput

    /// How an error names it.
    var limit: H2Limit {
        switch self {
        case .peerResets: .peerResets
        case .provokedResets: .provokedResets
        case .controlFrames: .controlFrames
        case .windowUpdates: .windowUpdates
        case .emptyData: .emptyData
        case .smallData: .smallData
        case .headerFields: .headerFields
        case .headerListSize: .headerListSize
        case .continuationFrames: .continuationFrames
        case .headerBlockSize: .headerBlockSize
        case .settingsPerFrame: .settingsPerFrame
        case .peerOutput: .peerOutput
        }
    }

    var description: String { "\(limit)" }

    /// Gives it the value that it has in other limits.
    func copy(from other: H2Limits, to limits: inout H2Limits) {
        switch self {
        case .peerResets: limits.peerResets = other.peerResets
        case .provokedResets: limits.provokedResets = other.provokedResets
        case .controlFrames: limits.controlFrames = other.controlFrames
        case .windowUpdates: limits.windowUpdates = other.windowUpdates
        case .emptyData: limits.emptyData = other.emptyData
        case .smallData: limits.smallData = other.smallData
        case .headerFields: limits.headerFields = other.headerFields
        case .headerListSize: limits.headerListSize = other.headerListSize
        case .continuationFrames: limits.continuationFrames = other.continuationFrames
        case .headerBlockSize: limits.headerBlockSize = other.headerBlockSize
        case .settingsPerFrame: limits.settingsPerFrame = other.settingsPerFrame
        case .peerOutput: limits.peerOutput = other.peerOutput
        }
    }

    /// Bytes of output that the default allows.
    private static let mostOutput = 262_144

    /// Bytes of output that a peer may cause.
    static var peerOutputBytes: Int { attacked.peerOutput ?? .max }

    /// The limits that are attacked: the defaults. Debug code is about 20 times slower, so it gets
    /// a twentieth of the budgets.
    static let attacked: H2Limits = {
        var limits = H2Limits()
        #if DEBUG
            func reduce(_ budget: inout H2Limits.Budget) {
                budget.allowance /= 20
                budget.perSecond /= 20
            }
            reduce(&limits.peerResets)
            reduce(&limits.provokedResets)
            reduce(&limits.controlFrames)
            reduce(&limits.windowUpdates)
            reduce(&limits.emptyData)
            reduce(&limits.smallData)
            limits.peerOutput = mostOutput / 20
        #endif
        return limits
    }()

    /// How many units it allows at once, raised by announced streams and windows.
    var burst: Int {
        switch self {
        case .peerResets, .provokedResets: max(budget.allowance, 2 * 100)
        case .smallData: max(budget.allowance, 65_535 / 5)
        default: budget.allowance
        }
    }

    /// How many units it allows on a connection that is never passed a time.
    var lifetime: Int { burst + budget.perSecond * 600 }

    private var budget: H2Limits.Budget {
        switch self {
        case .peerResets: Self.attacked.peerResets
        case .provokedResets: Self.attacked.provokedResets
        case .controlFrames: Self.attacked.controlFrames
        case .windowUpdates: Self.attacked.windowUpdates
        case .emptyData: Self.attacked.emptyData
        case .smallData: Self.attacked.smallData
        case .headerFields, .headerListSize, .continuationFrames, .headerBlockSize,
            .settingsPerFrame, .peerOutput:
            H2Limits.Budget(0, perSecond: 0)
        }
    }

    /// The limits with all of these budgets off.
    static func off(_ budgets: [AttackBudget]) -> H2Limits {
        var limits = attacked
        for budget in budgets { budget.copy(from: .unlimited, to: &limits) }
        return limits
    }

    /// This one as it is by default, and all others off.
    var alone: H2Limits {
        var limits = H2Limits.unlimited
        copy(from: Self.attacked, to: &limits)
        return limits
    }
}
