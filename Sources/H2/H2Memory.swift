// SPDX-License-Identifier: MIT

/// Bytes that a connection holds.
///
/// What is handed to the caller is the caller's: events, headers, and the payloads that they share.
public struct H2Memory: Hashable, Sendable {
    /// Records of live streams, requests of promised ones, and how closed streams ended.
    public var streams: Int
    /// Where header blocks are decoded to and sent from, and the last section of an event.
    public var headers: Int
    /// The frame that is not complete, and the last small payload of an event.
    public var input: Int
    /// The output, payloads included that lie where the caller had them.
    public var output: Int
    /// nghttp2: its session, its streams, and the two compression tables. nghttp2 never shrinks its
    /// hash table of streams, 16 to 32 bytes for each of the most streams that were ever open, and
    /// the index of a compression table, 8 bytes an entry: they stay in use.
    public var engine: Int
    /// The part of all this that is not needed now, and kept to be used again.
    ///
    /// It is bounded: 56 KiB in `engine`, 64 KiB in `output`, 65 KiB in `input`, 40 KiB in
    /// `headers`. In `streams` it is 18 KiB, or 8 times what the streams need. What exceeds these
    /// bounds is freed.
    public var spare: Int

    /// All bytes.
    public var held: Int { streams + headers + input + output + engine }
    /// All bytes but those that are only kept to be used again.
    public var inUse: Int { held - spare }
}
