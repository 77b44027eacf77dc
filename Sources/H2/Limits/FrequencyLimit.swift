// SPDX-License-Identifier: MIT

/// A limit on how often something may happen.
///
/// Each case has the name of its property in `H2Limits`, which defines the default. Its row in
/// `rule` defines everything else.
package enum FrequencyLimit: Int, CaseIterable, Sendable {
    case peerResets, provokedResets, controlFrames, windowUpdates, emptyData, smallData

    package struct Rule {
        /// The name of the limit in an error.
        package let limit: H2Limit
        /// The text of an error.
        let reason: String
        /// The tokens of one unit: work can restore parts of a unit.
        var tokensPerUnit = 1
        /// The number of restored units beyond the allowance that any call can use; `nil` to drop
        /// units beyond the allowance.
        var maxSurplusUnits: Int? = 65_536
        /// Returns the tokens that all work of the connection has restored.
        let restoredTokens: (Work) -> Int
    }

    package var rule: Rule {
        @inline(__always) get {
            switch self {
            case .peerResets:
                Rule(
                    limit: .peerResets,
                    reason: "too many streams reset by the peer before the final response",
                    tokensPerUnit: Work.tokensPerReset, maxSurplusUnits: 1_000
                ) { $0.tokensForResets }
            case .provokedResets:
                Rule(
                    limit: .provokedResets, reason: "too many streams reset because of the peer",
                    tokensPerUnit: Work.tokensPerReset, maxSurplusUnits: 1_000
                ) { $0.tokensForResets }
            case .controlFrames:
                Rule(
                    limit: .controlFrames,
                    reason: "too many frames that carry no message, such as PING"
                ) {
                    $0.requests &* Work.controlFramesOfRequest &+ $0.receivedFrames
                        &+ $0.sentFrames &+ ($0.resets &+ $0.sentRequests) &* 4
                }
            case .windowUpdates:
                // A DATA frame restores two units: for WINDOW_UPDATE on the stream and the
                // connection.
                Rule(
                    limit: .windowUpdates,
                    reason: "too many WINDOW_UPDATE frames for the DATA sent",
                    tokensPerUnit: Work.tokensPerWindowUpdate
                ) {
                    $0.sentBytes &+ ($0.creditedFrames &* 2 &+ ($0.requests &+ $0.resets) &* 4)
                        &* Work.tokensPerWindowUpdate
                }
            case .emptyData:
                Rule(limit: .emptyData, reason: "too many DATA frames without data") {
                    $0.requests &* 8 &+ $0.receivedFrames &+ $0.sections
                }
            case .smallData:
                Rule(
                    limit: .smallData,
                    reason: "too many unacknowledged small DATA frames",
                    maxSurplusUnits: nil
                ) { $0.requests &* 8 &+ $0.acknowledgedBytes }
            }
        }
    }
}

/// A value for each `FrequencyLimit`.
typealias PerFrequency<Value> = InlineArray<6, Value>
