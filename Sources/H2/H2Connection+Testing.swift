// SPDX-License-Identifier: MIT

/// State that tests read, or change so that `audit()` finds a difference.
extension H2Connection {
    /// Returns the differences between the states of H2 and nghttp2; each is a bug. The call takes
    /// time proportional to the number of streams.
    package func audit() -> [String] { core.audit() }

    /// The core of the connection. Only tests change it.
    package var state: ConnectionCore {
        _read { yield core }
        _modify { yield &core }
    }

    /// Returns the slot of a live stream; `nil` if there is none.
    package func slot(of id: UInt32) -> Int? { core.streams.find(id) }

    /// The number of times nghttp2 did not do what H2 expected. It is 0 unless there is a bug or no
    /// memory.
    package var unexpectedReactions: Int { core.session.unexpected }

    /// Whether the nghttp2 session is no longer used.
    package var isPoisoned: Bool { core.session.isPoisoned }

    /// The number of timers for streams.
    package var streamTimerCount: Int {
        core.isPlain ? 0 : core.timers.inactivity.waiting.count + core.timers.drain.waiting.count
    }

    /// The number of bytes of the incomplete frame that H2 holds.
    package var heldByteCount: Int { core.reader.heldByteCount }

    /// Makes the session skip the next frame, so that nghttp2's state differs from H2's.
    package func forgetNextFrame() { core.session.forgetNextFrame() }

    #if H2_PLAIN_MALLOC
    /// Allocates and frees memory in the same way as nghttp2, then reads it, which the address
    /// sanitizer must detect.
    package func readFreedBlock() -> UInt8 { core.session.readFreedBlock() }
    #endif
}
