// SPDX-License-Identifier: MIT

/// Bytes that a connection holds.
///
/// What is handed to the caller is the caller's: events, headers, and the payloads that they share.
public struct H2Memory: Hashable, Sendable {
    /// Records of live streams, requests of promised ones, and how closed streams ended.
    public var streams: Int
    /// Where field blocks are decoded to and sent from, and the last section of an event.
    public var headers: Int
    /// The frame that is not complete, and the last small payload of an event.
    public var input: Int
    /// The output, payloads included that lie where the caller had them.
    public var output: Int
    /// nghttp2: its session, its streams, and the two compression tables. nghttp2 never shrinks its
    /// hash table of streams, 16 to 32 bytes for each stream of the largest number that was open at
    /// once, nor the index of a compression table, 8 bytes per entry: both count as in use.
    public var engine: Int
    /// The part of all this that is not needed now, and kept to be used again.
    ///
    /// It is bounded: 56 KiB in `engine`, 40 KiB in `headers`, and in `streams` 18 KiB or 8 times
    /// what the streams need. Without queued bytes, it is at most 64 KiB in `output`; without an
    /// incomplete frame, 65 KiB in `input`. H2 frees what exceeds these bounds.
    public var spare: Int

    /// All bytes.
    public var held: Int { streams + headers + input + output + engine }
    /// All bytes but those that are only kept to be used again.
    public var inUse: Int { held - spare }
}
