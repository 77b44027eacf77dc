// SPDX-License-Identifier: MIT

/// The state of the features that are off by default, on one side of a connection.
///
/// It is allocated when the configuration or a call first needs it, so a connection that uses no
/// such feature pays nothing.
struct Features {
    /// The events of calls that return none, and outcomes until their frame is processed.
    var pendingEvents: [H2Event] = []
    /// Data that waits until the windows allow it and the caller takes output.
    var queues: SendQueues
    /// The priorities of streams that the client has not opened yet.
    var idlePriorities = IdlePriorities()
    /// The state of automatic flow control.
    var automatic: AutomaticWindows
    /// The round-trip time that was measured last, in nanoseconds.
    var roundTripTime: UInt64?
    var ownPings: OwnPings
    var timers: Timers
    /// The requests in the output, with `reportsStreamOutcomes`.
    var requests = SentRequests()

    /// The options of the configuration.
    let options: H2Configuration.Options

    init(_ configuration: H2Configuration) {
        options = configuration.options
        queues = SendQueues(
            defaultPriority: options.priorities == .extensible ? .standard : .fair)
        automatic = AutomaticWindows(options.flowControl)
        ownPings = OwnPings(seed: configuration.hashSeed)
        timers = Timers(options.deadlines)
    }
}

extension ConnectionCore {
    /// Whether no feature that is off by default is in use.
    var isPlain: Bool { @inline(__always) get { featureStorage.isEmpty } }

    /// The state of the features, which is allocated if necessary. On hot paths, check `isPlain`
    /// first.
    var features: Features {
        @inline(__always) mutating _read {
            if featureStorage.isEmpty { makeFeatures() }
            yield featureStorage.value
        }
        @inline(__always) _modify {
            if featureStorage.isEmpty { makeFeatures() }
            yield &featureStorage.value
        }
    }

    @inline(never)
    mutating func makeFeatures() { featureStorage.set(Features(configuration)) }

    // MARK: Their parts

    var pendingEvents: [H2Event] {
        @inline(__always) mutating _read { yield features.pendingEvents }
        @inline(__always) _modify { yield &features.pendingEvents }
    }

    var queues: SendQueues {
        @inline(__always) mutating _read { yield features.queues }
        @inline(__always) _modify { yield &features.queues }
    }

    var automatic: AutomaticWindows {
        @inline(__always) mutating _read { yield features.automatic }
        @inline(__always) _modify { yield &features.automatic }
    }

    var ownPings: OwnPings {
        @inline(__always) mutating _read { yield features.ownPings }
        @inline(__always) _modify { yield &features.ownPings }
    }

    var timers: Timers {
        @inline(__always) mutating _read { yield features.timers }
        @inline(__always) _modify { yield &features.timers }
    }

    /// Whether `reportsStreamOutcomes` is set.
    var reportsOutcomes: Bool {
        @inline(__always) mutating get { !isPlain && features.options.reportsStreamOutcomes }
    }

    /// Whether priorities are extensible.
    var hasExtensiblePriorities: Bool {
        @inline(__always) mutating get { !isPlain && features.options.priorities == .extensible }
    }

    /// Whether any stream has queued data.
    var hasQueuedData: Bool {
        @inline(__always) mutating get { !isPlain && queues.byteCount != 0 }
    }

    /// Whether receive windows are automatic.
    var hasAutomaticWindows: Bool {
        @inline(__always) mutating get { !isPlain && automatic.isOn }
    }
}
