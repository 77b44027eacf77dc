// SPDX-License-Identifier: MIT

/// Push, priority and alternative services: what is sent seldom.
extension ConnectionCore {
    mutating func pushStream(
        _ promised: H2StreamID, on parent: H2StreamID, _ requestHeaders: H2Headers
    ) throws(H2Error) {
        try checkInitiated()
        guard remote[.enablePush] != 0 else {
            throw .local(.protocolViolation, on: parent, "the client takes no pushes")
        }
        _ = try ready(for: .sendPushPromise)
        let slot = try slot(of: parent)
        guard parent.isClientInitiated else {
            throw .local(.protocolViolation, on: parent, "a pushed stream cannot push")
        }
        try checkRange(of: promised)
        guard promised.isServerInitiated else {
            throw .local(.protocolViolation, on: promised, "a server promises even streams")
        }
        guard isIdle(promised.rawValue) else {
            throw .local(.streamIDTooLow, on: promised, "a higher stream was used before")
        }
        guard goAwayLimit == nil else {
            throw .local(.protocolViolation, on: promised, "the peer sent GOAWAY: no new streams")
        }
        var stream = streams[slot].machine
        try check(stream.process(.sendPushPromise), on: parent)
        guard !streams[slot].isTunnel else {
            throw .local(
                .protocolViolation, on: parent, "a tunnel carries DATA only, RFC 9113 §8.5")
        }
        let section = normalized(requestHeaders.section) ?? requestHeaders.section
        try checkSize(of: section, on: promised)
        guard section.count != 0 else {
            throw .local(.invalidArgument, on: promised, "a request needs fields")
        }
        try check(section, .request, on: promised)
        if configuration.validateOutboundHeaders,
            let violation = FieldRules.violation(ofPromise: section.facts)
        {
            throw .local(.protocolViolation, on: promised, violation.reason)
        }
        try writing { core throws(H2Error) in
            try core.session.submit(
                promise: promised.rawValue, on: parent.rawValue, section,
                protectsSensitiveFields: core.configuration.normalizeOutboundHeaders,
                into: &core.output)
        }
        var record = makeRecord(promised.rawValue)
        _ = record.machine.process(.reserveLocal)
        record.responseLength = ResponseLength(to: section.facts.method)
        noteOpened(promised.rawValue)
        add(record)
    }

    mutating func prioritize(_ id: H2StreamID, _ priority: H2Priority) throws(H2Error) {
        guard id != .connection else {
            throw .local(.invalidArgument, on: id, "stream 0 has no priority")
        }
        try checkRange(of: id)
        try checkInitiated()
        try checkPriority(priority, of: id)
        machine = try ready(for: .sendPriority)
        FrameWriter.priority(priority, of: id.rawValue, into: &output)
    }

    /// Refuses a priority that cannot be sent.
    func checkPriority(_ priority: H2Priority, of id: H2StreamID) throws(H2Error) {
        guard !isServer else {
            throw .local(.notPermitted, on: id, "a server does not prioritize streams")
        }
        try checkRange(of: priority.dependsOn)
        guard priority.dependsOn != id else {
            throw .local(.protocolViolation, on: id, "a stream cannot depend on itself")
        }
        guard 1...256 ~= priority.weight else {
            throw .local(
                .protocolViolation, on: id, expected: 256, actual: priority.weight,
                "a weight is 1 to 256")
        }
    }

    mutating func advertiseAlternativeService(
        _ fieldValue: [UInt8], origin: [UInt8]
    ) throws(H2Error) {
        let machine = try readyForAlternativeService()
        guard 1...0xffff ~= origin.count else {
            throw .local(.invalidArgument, "an origin is 1 to 65,535 bytes long")
        }
        try checkFits(2 + origin.count + fieldValue.count)
        FrameWriter.alternativeService(fieldValue, origin: origin, on: 0, into: &output)
        self.machine = machine
    }

    mutating func advertiseAlternativeService(
        _ fieldValue: [UInt8], on id: H2StreamID
    ) throws(H2Error) {
        let machine = try readyForAlternativeService()
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendAlternativeService), on: id)
        try checkFits(2 + fieldValue.count)
        FrameWriter.alternativeService(fieldValue, origin: [], on: id.rawValue, into: &output)
        self.machine = machine
    }

    private func readyForAlternativeService() throws(H2Error) -> ConnectionStateMachine {
        try checkInitiated()
        guard isServer else {
            throw .local(.protocolViolation, "a client has no services to advertise")
        }
        return try ready(for: .sendAlternativeService)
    }

    private func checkFits(_ length: Int) throws(H2Error) {
        guard length <= remote.maxFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: remote.maxFrameSize, actual: length,
                "the peer takes no frame of this size, RFC 9113 §4.2")
        }
    }
}
