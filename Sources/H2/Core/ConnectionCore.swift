// SPDX-License-Identifier: MIT

/// The implementation behind `H2Connection`: the state of a connection, and all decisions.
///
/// "Words in the code", in the article Architecture, defines the terms, such as *slot*, *late* and
/// *charge*.
///
/// The core is a value type, so the compiler proves that accesses do not overlap. Properties of a
/// class would be checked at run time on each access. nghttp2's callbacks do not access the core:
/// they have their own storage, `SessionState`.
package struct ConnectionCore: ~Copyable {
    let configuration: H2Configuration

    var session: Session
    var reader: FrameReader
    var outbox = Outbox()
    var lifecycle = Lifecycle()
    package var local: SettingsState
    package var remote: SettingsState
    package var streams: StreamRegistry
    /// The windows of the connection.
    package var flow = FlowControl(
        receive: FlowControl.initialWindowSize, send: FlowControl.initialWindowSize)
    /// The limits on how often something may happen, and the work that restores them.
    var budgets: Budgets
    /// The limits on sizes, and the largest sizes so far.
    var bounds: SizeBounds
    var pings = Pings()
    /// Whether the first SETTINGS frame awaits acknowledgement and announces the default
    /// MAX_HEADER_LIST_SIZE, which does not become a limit.
    var hasDefaultListSizePending = false
    /// The state of the features that are off by default.
    var featureStorage = OnDemand<Features>()
    var blocks = BlockAssembly()
    var payloads = EventPayloads()

    init(_ configuration: H2Configuration) {
        let isServer = configuration.role == .server
        self.budgets = Budgets(configuration.limits)
        self.bounds = SizeBounds(configuration.limits)
        self.session = Session(
            isServer: isServer, fieldLimit: bounds[.headerFields],
            hardLimitFactor: configuration.excess == .resetStream ? 4 : 1)
        self.streams = StreamRegistry(
            isServer: isServer, seed: configuration.hashSeed ?? HashSeed.next(),
            capacity: configuration.limits.closedStreams)
        self.reader = FrameReader(expectsPreface: isServer)
        self.local = SettingsState(of: configuration.role)
        self.remote = SettingsState(of: isServer ? .client : .server)
        // Assigned last, so that the compiler does not copy it.
        self.configuration = configuration
        if configuration.hasOptions {
            makeFeatures()
            lifecycle.reportsClosed = reportsOutcomes
        }
    }

    // A method that every request calls is inlined or `mutating`, even if it changes nothing: for a
    // call that borrows the core, the compiler copies all of it.

    var isServer: Bool { @inline(__always) get { configuration.role == .server } }

    mutating func initiateConnection() throws(H2Error) {
        let settings = try initialSettings()
        if !isServer { outbox.queue.append(FrameReader.preface[...]) }
        try writing { core throws(H2Error) in
            try core.session.submitSettings(settings, into: &core.outbox.queue)
        }
        initiated(with: settings)
    }

    /// Returns the settings of the first SETTINGS frame: the configured ones, and defaults for the
    /// others.
    mutating func initialSettings() throws(H2Error) -> H2Settings {
        guard lifecycle.phase == .created else {
            try lifecycle.checkInitiated()
            throw .local(.protocolViolation, "the connection is already initiated")
        }
        var settings = SettingsState.announcedFirst(by: configuration.role)
        if hasAutomaticWindows {
            guard automatic.isValid else {
                throw .local(
                    .invalidSettingsValue, .flowControlError,
                    "automatic flow control: a size is out of range or exceeds its maximum")
            }
            settings.merge([.initialWindowSize: UInt32(clamping: automatic.sizes.streamWindow)])
        }
        if !configuration.initialSettings.isEmpty {
            settings.merge(configuration.initialSettings)
        }
        if hasExtensiblePriorities {
            settings.merge([.noRFC7540Priorities: 1])
        }
        try checkLocal(settings, isFirst: true)
        let window = configuration.connectionWindowSize
        guard FlowControl.initialWindowSize...FlowControl.maxWindowSize ~= window else {
            throw .local(
                .invalidSettingsValue, .flowControlError, actual: window,
                "connectionWindowSize must be from 65,535 to 2^31-1")
        }
        return settings
    }

    /// Records that the preface was written.
    mutating func initiated(with settings: H2Settings) {
        lifecycle.initiate()
        announce(settings)
        if let size = configuration.initialSettings[.maxHeaderListSize] {
            bounds.announce(Int(size), isAcknowledged: false)
        } else {
            hasDefaultListSizePending = true
        }
        session.headerListLimit = bounds[.headerListSize]
        let size = max(
            configuration.connectionWindowSize,
            hasAutomaticWindows ? automatic.sizes.connectionWindow : 0)
        let growth = size - FlowControl.initialWindowSize
        if growth > 0 {
            FrameWriter.windowUpdate(growth, on: 0, into: &outbox.queue)
            budgets.windowOpened(growth)
            flow.receive.open(by: growth)
        }
    }

    /// Calls `body`, which fails only because of a bug or lack of memory; a failure ends the
    /// connection.
    mutating func writing(
        _ body: (inout ConnectionCore) throws(H2Error) -> Void
    ) throws(H2Error) {
        do throws(H2Error) {
            try body(&self)
        } catch {
            throw fail(with: error)
        }
    }

    /// Ends the connection with one GOAWAY, RFC 9113 §5.4.1, unless an error has ended it; returns
    /// `error`.
    mutating func fail(with error: H2Error) -> H2Error {
        if lifecycle.phase != .failed {
            let last = min(streams.lastProcessed, lifecycle.lastStreamInGoAway ?? .max)
            FrameWriter.goAway(error.errorCode, lastStream: last, into: &outbox.queue)
            end(with: error)
        }
        return error
    }

    /// Ends the connection without a GOAWAY.
    mutating func end(with error: H2Error) {
        endStreams(isOutputLost: false)
        lifecycle.end(with: error)
        session.poison()
        stopReading()
    }

    /// Discards incomplete input: nothing more is read.
    mutating func stopReading() {
        reader.drop()
        blocks.pending = nil
    }
}
