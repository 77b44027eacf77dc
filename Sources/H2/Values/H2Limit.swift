// SPDX-License-Identifier: MIT

/// The name of a limit in `H2Limits` that causes an error if it is exceeded.
@nonexhaustive
public enum H2Limit: Hashable, Sendable, CaseIterable {
    /// Streams that the peer opens and resets before the final response begins.
    case peerResets
    /// Streams that H2 resets because of the peer, and late frames on ended streams.
    case provokedResets
    /// Frames that carry no message, such as PING and SETTINGS.
    case controlFrames
    /// WINDOW_UPDATE frames, compared with the DATA sent.
    case windowUpdates
    /// DATA frames without data.
    case emptyData
    /// DATA frames of 1 to 63 bytes that the caller has not acknowledged.
    case smallData
    /// Field lines of a field section.
    case headerFields
    /// The uncompressed size of a field section in bytes, including 32 for each field line.
    case headerListSize
    /// CONTINUATION frames of a field block.
    case continuationFrames
    /// The size of a field block as received, in bytes.
    case headerBlockSize
    /// Entries of a SETTINGS frame or HTTP2-Settings value.
    case settingsPerFrame
    /// SETTINGS frames of this side that the peer has not acknowledged.
    case unacknowledgedSettings
    /// Bytes of queued output that the peer caused.
    case peerOutput
    /// Bytes of memory that the connection uses.
    case memory
}

extension H2Limit {
    /// The name of the case, for `H2Error.description`: Embedded Swift cannot print enum cases.
    var name: String {
        switch self {
        case .peerResets: "peerResets"
        case .provokedResets: "provokedResets"
        case .controlFrames: "controlFrames"
        case .windowUpdates: "windowUpdates"
        case .emptyData: "emptyData"
        case .smallData: "smallData"
        case .headerFields: "headerFields"
        case .headerListSize: "headerListSize"
        case .continuationFrames: "continuationFrames"
        case .headerBlockSize: "headerBlockSize"
        case .settingsPerFrame: "settingsPerFrame"
        case .unacknowledgedSettings: "unacknowledgedSettings"
        case .peerOutput: "peerOutput"
        case .memory: "memory"
        }
    }
}
