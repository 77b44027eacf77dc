// SPDX-License-Identifier: MIT

/// The memory that a connection holds, in bytes.
///
/// Memory of events does not count, except the storage that the connection still shares with them.
public struct H2Memory: Hashable, Sendable {
    /// The records of live streams, the authorities of promised requests, and how closed streams
    /// ended.
    public var streams: Int
    /// The storage for decoding and sending field sections, which the last event may share.
    public var headers: Int
    /// The incomplete frame, and the storage of the last small payload, which its event may share.
    public var input: Int
    /// The queued output, including payloads that are shared with the caller.
    public var output: Int
    /// The session of nghttp2, with its streams and its two compression tables.
    ///
    /// nghttp2 never shrinks its hash table of streams (16 to 32 bytes for each stream of the
    /// largest number that was open at once) or the index of a compression table (8 bytes per
    /// entry). Both count as in use.
    public var engine: Int
    /// The part of these bytes that is unused and kept for reuse.
    ///
    /// It is at most 56 KiB in `engine`, 40 KiB in `headers`, and in `streams` 20 KiB or 8 times
    /// what the streams need. If no output is queued, it is at most 64 KiB in `output`; without an
    /// incomplete frame, at most 65 KiB in `input`. H2 frees what exceeds these bounds.
    public var spare: Int

    /// All bytes.
    public var held: Int { streams + headers + input + output + engine }
    /// The bytes that are not `spare`.
    public var inUse: Int { held - spare }
}
