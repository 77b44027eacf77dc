// SPDX-License-Identifier: MIT

/// Sent PUSH_PROMISE, RFC 9113 §6.6 and §8.4.
extension ConnectionCore {
    mutating func pushStream(
        _ promised: H2StreamID, on parent: H2StreamID, _ requestHeaders: H2Headers
    ) throws(H2Error) {
        try lifecycle.checkInitiated()
        guard remote[.enablePush] != 0 else {
            throw .local(.protocolViolation, on: parent, "the client takes no pushes")
        }
        _ = try lifecycle.ready(for: .sendPushPromise)
        let slot = try streams.slot(of: parent)
        guard parent.isClientInitiated else {
            throw .local(.protocolViolation, on: parent, "a pushed stream cannot push")
        }
        try StreamRegistry.checkRange(of: promised)
        guard promised.isServerInitiated else {
            throw .local(.protocolViolation, on: promised, "a server promises even streams")
        }
        guard streams.isIdle(promised.rawValue) else {
            throw .local(.streamIDTooLow, on: promised, "a higher stream was used before")
        }
        guard streams.goAwayLimit == nil else {
            throw .local(.protocolViolation, on: promised, "the peer sent GOAWAY: no new streams")
        }
        var state = streams[slot].state
        try check(state.process(.sendPushPromise), on: parent)
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
            try core.session.submitPromise(
                promised.rawValue, on: parent.rawValue, section,
                protectsSensitiveFields: core.configuration.normalizeOutboundHeaders,
                into: &core.outbox.queue)
        }
        var record = newRecord(promised.rawValue)
        _ = record.state.process(.reserveLocal)
        record.responseLength = ResponseLength(to: section.facts.method)
        streams.open(record)
    }
}
