// SPDX-License-Identifier: MIT

/// A frame that nghttp2 wrote on its own.
struct Reaction: Sendable {
    var type: UInt8
    var flags: UInt8
    var streamID: UInt32
    /// The error code of RST_STREAM and GOAWAY, or the increment of WINDOW_UPDATE.
    var value: UInt32
}

/// The storage that the callbacks write and the session reads through a pointer.
///
/// Access each property through that pointer. A `mutating` method or an `inout` access during a
/// call into nghttp2 would silently lose what a callback writes during the call.
@unsafe struct SessionState {
    /// Whether a call into nghttp2 is in progress, so that assertions detect a nested call.
    var isInside = false

    // What nghttp2 reported about the fed frame. `Session.feed` sets the counts to 0 first.
    var begunBlocks = 0
    var completedFrames = 0
    var completedType: UInt8 = 0
    /// The error code of the completed RST_STREAM.
    var resetCode: UInt32 = 0
    var dataChunks = 0
    /// The address of the first chunk of data, which lies in the fed frame.
    var dataAddress: UInt = 0
    var dataLength = 0

    // The field section that is being decoded, from all frames of its field block.
    var section: ReceivedSection
    /// The maximum size of a header list, RFC 9113 §6.5.2: the bytes of names and values, plus 32
    /// for each field.
    var listLimit = Int.max
    /// The multiple of a limit up to which a section is decoded.
    var hardLimitFactor = 1
    /// Whether the fields of the block are decoded only for the compression table.
    var discardsFields = false
    /// The limit that the block exceeds.
    var exceeded: SizeLimit?
    /// The size of the header list, and the number of fields, so far in a block that exceeds a
    /// limit.
    var excessListSize = 0
    var excessFields = 0

    // What nghttp2 wrote.
    /// The type of the submitted frame; `nil` after nghttp2 wrote it.
    var submittedType: UInt8?
    var submittedStream: UInt32 = 0
    /// nghttp2's error code if it did not send the submitted frame; 0 otherwise.
    var refusal: Int32 = 0
    var reactions: [Reaction] = []

    init(fieldLimit: Int, hardLimitFactor: Int) {
        unsafe section = ReceivedSection(fieldLimit: fieldLimit)
        unsafe self.hardLimitFactor = hardLimitFactor
    }
}
