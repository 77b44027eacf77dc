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

    /// The defaults with all of these budgets off.
    static func off(_ budgets: [AttackBudget]) -> H2Limits {
        var limits = H2Configuration.server.limits
        for budget in budgets { budget.copy(from: .unlimited, to: &limits) }
        return limits
    }

    /// This one as it is by default, and all others off.
    var alone: H2Limits {
        var limits = H2Limits.unlimited
        copy(from: H2Configuration.server.limits, to: &limits)
        return limits
    }
}
