// SPDX-License-Identifier: MIT

import H2

extension Words {
    mutating func streamID() -> H2StreamID { H2StreamID(UInt32(truncatingIfNeeded: number())) }

    /// Parses `NAME=VALUE;NAME=VALUE!`: names and values are hexadecimal, `!` means never indexed.
    mutating func headers() -> H2Headers {
        var headers = H2Headers()
        let word = next()
        guard word != "-" else { return headers }
        for field in word.split(separator: ";") {
            let isNever = field.last == "!"
            let pair = (isNever ? field.dropLast() : field)
                .split(separator: "=", omittingEmptySubsequences: false)
            headers.append(
                name: pair[0].isEmpty ? [] : Self.bytes(pair[0]),
                value: pair[1].isEmpty ? [] : Self.bytes(pair[1]),
                indexing: isNever ? .never : .automatic)
        }
        return headers
    }

    /// Parses `WEIGHT,PARENT,EXCLUSIVE`; returns `nil` for `-`.
    mutating func priority() -> H2Priority? {
        let word = next()
        guard word != "-" else { return nil }
        let parts = word.split(separator: ",").map(Self.number)
        return H2Priority(
            weight: parts[0], dependsOn: H2StreamID(UInt32(truncatingIfNeeded: parts[1])),
            isExclusive: parts[2] == 1)
    }

    /// Parses `ID:VALUE,ID:VALUE`, or `-` for none.
    mutating func settings() -> H2Settings {
        var settings = H2Settings()
        let word = next()
        guard word != "-" else { return settings }
        for entry in word.split(separator: ",") {
            let pair = entry.split(separator: ":").map(Self.number)
            let identifier = H2Settings.Identifier(rawValue: UInt16(truncatingIfNeeded: pair[0]))
            settings[identifier] = UInt32(truncatingIfNeeded: pair[1])
        }
        return settings
    }

    mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }
}

/// The results of a step.
struct Outcome {
    var error: H2Error?
    var events: [H2Event] = []
    /// The value that the call returned, or the output that it removed.
    var returned = ""
}

extension H2Connection {
    /// Performs a step.
    func perform(_ verb: Substring, _ words: inout Words, _ fault: Fault?) -> Outcome {
        var outcome = Outcome()
        do throws(H2Error) {
            try perform(verb, &words, fault, &outcome)
        } catch {
            outcome.error = error
            outcome.events = error.precedingEvents
        }
        // Only features that h2 does not have cause events in calls.
        outcome.events += takeEvents()
        return outcome
    }

    private func perform(
        _ verb: Substring, _ words: inout Words, _ fault: Fault?, _ outcome: inout Outcome
    ) throws(H2Error) {
        switch verb {
        case "open":
            let kind = words.next()
            let header = words.next()
            let bytes = words.bytes()
            outcome.returned = try initiate(kind, header)
            outcome.events = try receiveData(bytes)
        case "init", "upc": outcome.returned = try initiate(verb, "-")
        case "ups": outcome.returned = try initiate(verb, words.next())
        case "recv":
            var bytes = words.bytes()
            fault?.spoilInput(&bytes)
            outcome.events = try receiveData(bytes)
        case "hdr":
            let id = words.streamID()
            let endsStream = words.flag()
            var priority = words.priority()
            var headers = words.headers()
            fault?.spoilCall(&headers, &priority)
            try sendHeaders(headers, on: id, endStream: endsStream, priority: priority)
        case "dat":
            let id = words.streamID()
            let data = words.bytes()
            let endsStream = words.flag()
            let padLength = words.numberIfAny().map { UInt8(truncatingIfNeeded: $0) }
            try sendData(
                data, on: id, endStream: endsStream,
                padLength: fault == .paddingLost ? nil : padLength)
        case "enq":
            let id = words.streamID()
            var data = words.bytes()
            if fault == .queuedByteLost { data.removeLast() }
            try enqueue(data, on: id, endStream: words.flag())
        case "end": try endStream(words.streamID())
        case "rst":
            let id = words.streamID()
            try resetStream(
                id, errorCode: H2ErrorCode(rawValue: UInt32(truncatingIfNeeded: words.number())))
        case "push":
            let parent = words.streamID()
            let promised = words.streamID()
            try pushStream(promised, on: parent, requestHeaders: words.headers())
        case "ping": try ping(H2PingData(words.bytes()) ?? H2PingData(0))
        case "close":
            let code = H2ErrorCode(rawValue: UInt32(truncatingIfNeeded: words.number()))
            let data = words.bytes()
            let last = words.numberIfAny().map { H2StreamID(UInt32(truncatingIfNeeded: $0)) }
            try closeConnection(errorCode: code, additionalData: data, lastStreamID: last)
        case "set": try updateSettings(words.settings())
        case "alto":
            let field = words.text()
            try advertiseAlternativeService(field, origin: words.text())
        case "alts":
            let field = words.text()
            try advertiseAlternativeService(field, on: words.streamID())
        case "prio":
            let id = words.streamID()
            try prioritize(id, words.priority() ?? H2Priority())
        case "ack":
            let size = words.number()
            try acknowledgeReceivedData(size, on: words.streamID())
        case "inc":
            let increment = words.number()
            try incrementFlowControlWindow(by: increment, on: words.streamID())
        case "next": outcome.returned = try nextAvailableStreamID().description
        case "take": outcome.returned = Self.hex(dataToSend(upTo: words.number()))
        case "clear":
            outcome.returned = Self.hex(dataToSend())
            clearOutboundDataBuffer()
        case "nothing": break
        default: fatalError("unknown step: \(verb)")
        }
    }

    /// Queues data in one of the forms of the API, and turns it into frames.
    private func enqueue(
        _ data: [UInt8], on id: H2StreamID, endStream: Bool
    ) throws(H2Error) {
        switch data.count % 4 {
        case 0: try enqueueData(data, on: id, endStream: endStream)
        case 1: try enqueueData(data[...], on: id, endStream: endStream)
        case 2: try enqueueData(H2Bytes(data), on: id, endStream: endStream)
        default: try enqueueData(copying: data.span, on: id, endStream: endStream)
        }
        // Without output being asked for, the data would stay in the queue.
        _ = unsafe withSegmentsToSend { _ in 0 }
    }

    private func initiate(_ verb: Substring, _ header: Substring) throws(H2Error) -> String {
        switch verb {
        case "upc": return try initiateUpgradeConnection()
        case "ups":
            try initiateUpgradeConnection(
                settingsHeader: header == "-"
                    ? nil : String(decoding: Words.bytes(header), as: UTF8.self))
        default: try initiateConnection()
        }
        return ""
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        var text = Text()
        text.append(hex: bytes)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}
