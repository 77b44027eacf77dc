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
        case .headerFields: (.headerFields, "too many field lines in a field section")
        case .headerListSize: (.headerListSize, "field section too large")
        case .continuationFrames:
            (.continuationFrames, "too many CONTINUATION frames in a field block")
        case .headerBlockSize: (.headerBlockSize, "field block too large")
        case .settingsPerFrame:
            (.settingsPerFrame, "too many settings in a SETTINGS frame or HTTP2-Settings value")
        // No error: H2 refuses the promise.
        case .reservedStreams: (nil, "too many reserved streams")
        case .unacknowledgedSettings:
            (.unacknowledgedSettings, "too many unacknowledged SETTINGS frames")
        case .peerOutput:
            (.peerOutput, "too much queued output caused by the peer")
        case .memory: (.memory, "too much memory in use by the connection")
        }
    }
}

/// A value for each `SizeLimit`.
typealias PerSize<Value> = InlineArray<9, Value>
