// SPDX-License-Identifier: MIT

/// What tests look at, and what they change in order to see `audit()` find it.
extension H2Connection {
    /// Compares what H2 believes with what nghttp2 believes; each difference is a defect. Empty is
    /// right. It takes time in proportion to the number of streams.
    package func audit() -> [String] { core.audit() }

    /// How often nghttp2 did what nobody expected; 0 unless there is a defect.
    package var unexpectedReactions: Int { core.session.unexpected }

    /// Whether the engine was given up.
    package var isPoisoned: Bool { core.session.isPoisoned }

    /// Bytes held of a frame that is not complete.
    package var heldByteCount: Int { core.reader.heldByteCount }

    /// Makes the session forget to feed the next frame.
    package func forgetNextFrame() { core.session.forgetsNextFrame = true }

    package var local: SettingsState {
        get { core.local }
        set { core.local = newValue }
    }

    package var remote: SettingsState {
        get { core.remote }
        set { core.remote = newValue }
    }

    package var streams: StreamTable {
        _read { yield core.streams }
        _modify { yield &core.streams }
    }

    /// Where the record of a live stream is.
    package func slot(of id: UInt32) -> Int? { core.streams.find(id) }

    package var receiveWindow: ReceiveWindow {
        get { core.receiveWindow }
        set { core.receiveWindow = newValue }
    }

    package var engineWindow: EngineWindow {
        get { core.engineWindow }
        set { core.engineWindow = newValue }
    }

    package var sendWindow: Int {
        get { core.sendWindow }
        set { core.sendWindow = newValue }
    }

    package var openInbound: Int {
        get { core.openInbound }
        set { core.openInbound = newValue }
    }

    package var openOutbound: Int {
        get { core.openOutbound }
        set { core.openOutbound = newValue }
    }

    package var inbound: ClosedStreams { _read { yield core.inbound } }

    package var outbound: ClosedStreams { _read { yield core.outbound } }
}
