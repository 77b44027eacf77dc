// SPDX-License-Identifier: MIT

import H2

/// Reports a step's results and the state of the connection in one line of tab-separated fields.
struct Report {
    private(set) var text = Text()
    let fault: Fault?

    init(_ fault: Fault?) { self.fault = fault }

    mutating func clear() { text.clear() }

    mutating func append(
        _ outcome: Outcome, of connection: H2Connection, streams: Substring, drains: Bool
    ) {
        append(outcome.error)
        field(outcome.returned)
        field("")
        append(fault?.spoil(outcome.events) ?? outcome.events)
        pair(
            connection.inboundFlowControlWindow + (fault == .inboundWindow ? 1 : 0),
            connection.outboundFlowControlWindow)
        pair(
            connection.openInboundStreams,
            connection.openOutboundStreams + (fault == .openCount ? 1 : 0))
        pair(
            connection.highestInboundStreamID.rawValue,
            connection.highestOutboundStreamID.rawValue)
        field("\(connection.connectionState)")
        pair(connection.maxOutboundFrameSize, connection.maxInboundFrameSize)
        let local = connection.localSettings
        field("")
        append(local.inForce)
        var announced = local.inForce
        for settings in local.unacknowledged {
            for entry in settings.entries { announced[entry.identifier] = entry.value }
        }
        field("")
        append(announced)
        field("")
        var remote = connection.remoteSettings.inForce
        if fault == .settingNotApplied { remote[.maxConcurrentStreams] = nil }
        append(remote)
        let available = connection.availableOutboundStreams ?? -1
        field("\(available &+ (fault == .availableStreams ? 1 : 0))")
        let words = streams == "-" ? [] : streams.split(separator: ",")
        field("")
        for word in words { append(sendableOf: word, connection) }
        field("")
        for word in words { append(windowsOf: word, connection) }
        field(connection.hasDataToSend ? "1" : "0")
        field("")
        if drains {
            let output = connection.dataToSend()
            text.append(hex: fault?.spoil(output: output) ?? output)
        }
        text.append("\n")
    }

    private mutating func field(_ value: String) {
        text.append("\t")
        text.append(value)
    }

    private mutating func pair(_ first: some BinaryInteger, _ second: some BinaryInteger) {
        text.append("\t")
        text.append(first)
        text.append(",")
        text.append(second)
    }

    private mutating func append(_ error: H2Error?) {
        guard let error else { return text.append("-") }
        text.append("\(error.kind),")
        text.append(error.errorCode.rawValue ^ (fault == .errorCode ? 3 : 0))
        let isLocal = (error.origin == .local) != (fault == .origin)
        text.append(isLocal ? ",local," : ",remote,")
        text.append(error.streamID?.description ?? "-")
        text.append(",")
        text.append(error.expected?.description ?? "-")
        text.append(",")
        text.append(error.actual?.description ?? "-")
    }

    private mutating func append(_ settings: H2Settings) {
        for entry in settings.entries.sorted(by: { $0.identifier.rawValue < $1.identifier.rawValue }
        ) {
            text.append(entry.identifier.rawValue)
            text.append("=")
            text.append(entry.value)
            text.append(";")
        }
    }

    private mutating func append(sendableOf word: Substring, _ connection: H2Connection) {
        let id = H2StreamID(UInt32(truncatingIfNeeded: Words.number(word)))
        text.append(id.rawValue)
        text.append("=")
        text.append(connection.sendableByteCount(on: id) + (fault == .sendableBytes ? 1 : 0))
        text.append(";")
    }

    private mutating func append(windowsOf word: Substring, _ connection: H2Connection) {
        let id = H2StreamID(UInt32(truncatingIfNeeded: Words.number(word)))
        text.append(id.rawValue)
        text.append("=")
        do throws(H2Error) {
            text.append(
                try connection.localFlowControlWindow(on: id) - (fault == .outboundWindow ? 1 : 0))
            text.append("/")
            text.append(try connection.remoteFlowControlWindow(on: id))
        } catch {
            text.append("\(error.kind)")
        }
        text.append(";")
    }

    private mutating func append(_ events: [H2Event]) {
        for event in events {
            append(event)
            text.append("|")
        }
    }

    private mutating func begin(_ name: String, _ id: H2StreamID) {
        text.append(name)
        text.append(",")
        text.append(id.rawValue)
    }

    private mutating func append(_ event: H2Event) {
        switch event {
        case .requestReceived(let event):
            begin("request", event.streamID)
            append(event.headers, event.endsStream, event.priority)
        case .responseReceived(let event):
            begin("response", event.streamID)
            append(event.headers, event.endsStream, event.priority)
        case .informationalResponseReceived(let event):
            begin("informational", event.streamID)
            append(event.headers, false, event.priority)
        case .trailersReceived(let event):
            begin("trailers", event.streamID)
            append(event.headers, true, event.priority)
        case .dataReceived(let event):
            begin("data", event.streamID)
            append(flag: event.endsStream)
            append(number: event.flowControlledLength)
            text.append(",")
            text.append(sumOf: event.data)
        case .streamEnded(let event): begin("ended", event.streamID)
        case .streamReset(let event):
            begin("reset", event.streamID)
            append(number: event.errorCode.rawValue)
            append(flag: event.isRemote)
            append(flag: event.isSafeToRetry)
        case .windowUpdated(let event):
            begin("window", event.streamID)
            append(number: event.delta)
        case .remoteSettingsChanged(let event):
            text.append("settings")
            append(event.changes)
        case .settingsAcknowledged(let event):
            text.append("acknowledged")
            append(event.changes)
        case .pingReceived(let event): text.append("ping,\(event.data)")
        case .pingAckReceived(let event): text.append("pong,\(event.data)")
        case .pushedStreamReceived(let event):
            begin("pushed", event.pushedStreamID)
            append(number: event.parentStreamID.rawValue)
            text.append(",")
            append(event.headers)
        case .priorityUpdated(let event):
            begin("priority", event.streamID)
            text.append(",")
            append(event.priority)
        case .connectionTerminated(let event):
            begin("terminated", event.lastStreamID)
            append(number: event.errorCode.rawValue)
            text.append(",")
            text.append(hex: event.additionalData)
        case .alternativeServiceAvailable(let event):
            text.append("alternative,")
            text.append(hex: event.origin)
            text.append(",")
            text.append(hex: event.fieldValue)
        case .unknownFrameReceived(let event):
            begin("unknown", event.streamID)
            append(number: event.type)
            append(number: event.flags)
            text.append(",")
            text.append(sumOf: event.payload)
        // Only features that h2 does not have cause these.
        case .streamClosed, .sendWindowsOpened, .sendQueueDrained, .priorityUpdateReceived,
            .deadlineExpired, .connectionDrained:
            text.append("an event of a feature that is off")
        @unknown default: text.append("an event that the test does not know")
        }
    }

    private mutating func append(number: some BinaryInteger) {
        text.append(",")
        text.append(number)
    }

    private mutating func append(flag: Bool) {
        text.append(",")
        text.append(flag: flag)
    }

    private mutating func append(
        _ headers: H2Headers, _ endsStream: Bool, _ priority: H2Priority?
    ) {
        append(flag: endsStream)
        text.append(",")
        if let priority { append(priority) } else { text.append("-") }
        text.append(",")
        append(headers)
    }

    private mutating func append(_ priority: H2Priority) {
        text.append(priority.weight)
        text.append("/")
        text.append(priority.dependsOn.rawValue)
        text.append("/")
        text.append(flag: priority.isExclusive)
    }

    private mutating func append(_ headers: H2Headers) {
        for header in headers {
            text.append(hex: header.nameBytes)
            text.append("=")
            text.append(hex: header.valueBytes)
            text.append(header.indexing == .never ? "!;" : ";")
        }
    }

    private mutating func append(_ changes: [H2SettingChange]) {
        for change in changes {
            text.append(",")
            text.append(change.identifier.rawValue)
            text.append(":")
            text.append(change.oldValue?.description ?? "-")
            text.append(">")
            text.append(change.newValue)
        }
    }
}
