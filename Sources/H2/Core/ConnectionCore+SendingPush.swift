// SPDX-License-Identifier: MIT

/// Sent PUSH_PROMISE, RFC 9113 §6.6 and §8.4.
extension ConnectionCore {
    mutating func pushStream(
        _ promised: H2StreamID, on parent: H2StreamID, _ requestHeaders: H2Headers
    ) throws(H2Error) {
        try lifecycle.checkInitiated()
        guard remote[.enablePush] != 0 else {
            throw .local(.protocolViolation, on: parent, "the client's ENABLE_PUSH is 0")
        }
        _ = try lifecycle.ready(for: .sendPushPromise)
        let slot = try streams.slot(of: parent)
        guard parent.isClientInitiated else {
            throw .local(
                .protocolViolation, on: parent, "a promise cannot be sent on a pushed stream")
        }
        try StreamRegistry.checkRange(of: promised)
        guard promised.isServerInitiated else {
            throw .local(.protocolViolation, on: promised, "promised stream identifier is 0 or odd")
        }
        guard streams.isIdle(promised.rawValue) else {
            throw .local(
                .streamIDTooLow, on: promised, "a higher or equal stream identifier was used before"
            )
        }
        guard streams.goAwayLimit == nil else {
            throw goingAway(promised)
        }
        var state = streams[slot].state
        try check(state.process(.sendPushPromise), on: parent)
        guard !streams[slot].isTunnel else {
            throw .local(
                .protocolViolation, on: parent, "PUSH_PROMISE in a tunnel, RFC 9113 §8.5")
        }
        let section = normalized(requestHeaders.section) ?? requestHeaders.section
        try checkSize(of: section, on: promised)
        guard section.count != 0 else {
            throw .local(.invalidArgument, on: promised, "request without fields")
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
