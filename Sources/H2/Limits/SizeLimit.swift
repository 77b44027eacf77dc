// SPDX-License-Identifier: MIT

/// A limit on how large something may be.
///
/// Each case has the name of its property in `H2Limits`, which defines the default. There is no
/// case for `closedStreams`, because nothing can exceed it.
package enum SizeLimit: Int, CaseIterable, Sendable {
    case headerFields, headerListSize, continuationFrames, headerBlockSize
    case settingsPerFrame, reservedStreams, unacknowledgedSettings, peerOutput, memory

    /// The limit and the text in the error for exceeding this limit.
    package var rule: (limit: H2Limit?, reason: String) {
        switch self {
        case .headerFields: (.headerFields, "too many fields in a header section")
        case .headerListSize: (.headerListSize, "header list too large")
        case .continuationFrames:
            (.continuationFrames, "a field block has too many CONTINUATION frames")
        case .headerBlockSize: (.headerBlockSize, "a field block is too long")
        case .settingsPerFrame:
            (.settingsPerFrame, "too many settings in one frame or HTTP2-Settings value")
        // No error: H2 refuses the promise.
        case .reservedStreams: (nil, "too many promised streams")
        case .unacknowledgedSettings:
            (.unacknowledgedSettings, "the peer does not acknowledge SETTINGS")
        case .peerOutput:
            (.peerOutput, "the peer makes us answer, and the answers are not taken")
        case .memory: (.memory, "the connection uses too much memory")
        }
    }
}

/// A value for each `SizeLimit`.
typealias PerSize<Value> = InlineArray<9, Value>
