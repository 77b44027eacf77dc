// SPDX-License-Identifier: MIT

/// What tests read, and what they change so that `audit()` finds it.
extension H2Connection {
    /// Compares H2's state with nghttp2's; each difference is a defect. Takes time in proportion to
    /// the number of streams.
    package func audit() -> [String] { core.audit() }

    /// The state of the connection. Only tests change it.
    package var state: ConnectionCore {
        _read { yield core }
        _modify { yield &core }
    }

    /// The slot of a live stream.
    package func slot(of id: UInt32) -> Int? { core.streams.find(id) }

    /// How often nghttp2 did what nobody expected; 0 unless there is a defect.
    package var unexpectedReactions: Int { core.session.unexpected }

    /// Whether nghttp2's session is no longer used.
    package var isPoisoned: Bool { core.session.isPoisoned }

    /// Bytes held of a frame that is not complete.
    package var heldByteCount: Int { core.reader.heldByteCount }

    /// Makes the session forget to feed the next frame.
    package func forgetNextFrame() { core.session.forgetNextFrame() }

    #if H2_PLAIN_MALLOC
        /// Reads nghttp2's memory after it is freed, which the address sanitizer must find.
        package func readFreedBlock() -> UInt8 { core.session.readFreedBlock() }
    #endif
}
