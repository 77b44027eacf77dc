// SPDX-License-Identifier: MIT

/// A frame that nghttp2 wrote.
struct Reaction: Sendable {
    var type: UInt8
    var flags: UInt8
    var streamID: UInt32
    /// The error code of RST_STREAM and GOAWAY, or the increment of WINDOW_UPDATE.
    var value: UInt32
}

/// What the callbacks write and the session reads: plain storage behind a pointer.
///
/// It is touched field by field through that pointer: a `mutating` method, or `inout`, held over a
/// call into nghttp2 would silently lose what a callback writes meanwhile.
@unsafe struct SessionState {
    /// Whether nghttp2 is at work, so that nothing enters it twice.
    var isInside = false

    // What nghttp2 announced of the frame that it is being fed.
    var begunBlocks = 0
    var completedFrames = 0
    var completedType: UInt8 = 0
    /// Of the completed frame: error code, promised stream, or the bytes of a
    /// PING.
    var completedValue: UInt64 = 0
    var dataChunks = 0
    /// The address of the first chunk of DATA, which lies in the fed frame.
    var dataAddress: UInt = 0
    var dataLength = 0

    // The field section that is being decoded, over all frames of its field block.
    var section: ReceivedSection
    /// The limit for the header list of a block, RFC 9113 §6.5.2: names and values, and 32 for each
    /// field.
    var listLimit = Int.max
    /// The same limit for the next field; negative once the block exceeds a limit: the other fields
    /// are decoded and counted, but not kept. Also negative if the fields are discarded.
    var keptListLimit = Int.max
    /// The multiple of a limit up to which a block is decoded.
    var hardLimitFactor = 1
    /// Whether the fields of a block are decoded for the compression table only.
    var discardsFields = false
    /// The limit that the block exceeds.
    var exceeded: SizeLimit?
    /// The size of the header list and the number of fields, so far, of a block that exceeds a
    /// limit.
    var excessListSize = 0
    var excessFields = 0

    // What nghttp2 wrote.
    /// The frame that was submitted, until it was seen to be written.
    var submittedType: UInt8?
    var submittedStream: UInt32 = 0
    var refusal: Int32 = 0
    var reactions: [Reaction] = []

    init(fieldLimit: Int, hardLimitFactor: Int) {
        unsafe section = ReceivedSection(fieldLimit: fieldLimit)
        unsafe self.hardLimitFactor = hardLimitFactor
    }
}
