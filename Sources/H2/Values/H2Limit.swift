// SPDX-License-Identifier: MIT

/// What a peer can exceed: the name of a member of `H2Limits`.
@nonexhaustive
public enum H2Limit: Hashable, Sendable, CaseIterable {
    /// Streams that the peer reset before their response began.
    case peerResets
    /// Resets that the peer provoked.
    case provokedResets
    /// Frames that carry no message.
    case controlFrames
    /// WINDOW_UPDATE frames that let nothing be sent.
    case windowUpdates
    /// DATA frames without data.
    case emptyData
    /// DATA frames with little data that nobody acknowledged.
    case smallData
    /// Fields of a header section.
    case headerFields
    /// Bytes of a header list, 32 added for each field.
    case headerListSize
    /// CONTINUATION frames of a field block.
    case continuationFrames
    /// Bytes of a field block as it comes.
    case headerBlockSize
    /// Entries of a SETTINGS frame.
    case settingsPerFrame
    /// SETTINGS that the peer did not acknowledge.
    case unacknowledgedSettings
    /// Bytes of output that the peer caused.
    case peerOutput
    /// Bytes that the connection holds.
    case memory
}
