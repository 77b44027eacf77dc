// SPDX-License-Identifier: MIT

import H2

/// Calls that are never refused: those that return events, tell the time or end the connection, and
/// properties that predict which other calls are refused.
extension FuzzCaller {
    /// Makes such a call and checks its result; returns `nil` if `kind` selects none.
    mutating func observe(_ kind: UInt8, _ input: inout FuzzInput) throws(PairError) -> Effect? {
        switch kind {
        case 44, 45: return try takeEvents()
        case 46, 47:
            let choice = input.byte()
            wait(nanoseconds: UInt64(choice) << 22)
            // An earlier instant must not turn the clock back.
            connection.advance(
                to: choice & 1 == 0 ? now : H2Instant(nanoseconds: now.rawValue / 2))
            return .events([])
        case 48, 49:
            wait(nanoseconds: UInt64(input.byte()) << 22)
            return try handleDeadlines()
        case 50, 51:
            if let next = connection.nextDeadline { now = max(now, next) }
            return try handleDeadlines()
        case 52: return try sendAllThatIsSendable(&input)
        case 53 where !isServer: return try openIfAvailable()
        // Rare, because nothing can happen afterwards.
        case 54 where input.byte() >= 0xf0: return try loseConnection()
        default: return nil
        }
    }

    /// Lets time pass.
    package mutating func wait(nanoseconds: UInt64) {
        let (sum, overflow) = now.rawValue.addingReportingOverflow(nanoseconds)
        now = H2Instant(nanoseconds: overflow ? .max : sum)
    }

    private func takeEvents() throws(PairError) -> Effect {
        let hadEvents = connection.hasEvents
        let events = connection.takeEvents()
        guard hadEvents == !events.isEmpty, !connection.hasEvents else {
            throw PairError("hasEvents was \(hadEvents), events: \(events)")
        }
        return .events(events)
    }

    private mutating func handleDeadlines() throws(PairError) -> Effect {
        let result = Result { () throws(H2Error) in try connection.handleDeadlines(at: now) }
        let next = connection.nextDeadline
        switch result {
        case .success(let events):
            guard next.map({ $0 > now }) ?? true else {
                throw PairError("a deadline is still due at \(now)")
            }
            return .events(events)
        case .failure(let error):
            guard error.kind == .deadlineExpired, error.deadline != nil else {
                throw PairError("a deadline failed: \(error)")
            }
            guard next == nil, !connection.hasEvents else {
                throw PairError("something is left after \(error)")
            }
            hasEnded = true
            return .ended(error.precedingEvents, error)
        }
    }

    /// Sends as many bytes as `sendableByteCount` allows, and checks that one more is refused.
    private mutating func sendAllThatIsSendable(
        _ input: inout FuzzInput
    ) throws(PairError) -> Effect {
        let id = stream(&input)
        let count = connection.sendableByteCount(on: id)
        guard isLive(id) || count == 0 else {
            throw PairError("\(count) bytes are sendable on \(id), which is not open")
        }
        // More would take too long.
        guard isLive(id), count < 100_000 else { return .events([]) }
        let data = nextData(count + 1, on: id)
        guard !isAccepted(data[...], on: id) else {
            throw PairError("\(count) bytes are sendable on \(id), but one more was accepted")
        }
        guard count > 0, input.below(2) == 0 else { return .events([]) }
        guard isAccepted(nextData(count, on: id)[...], on: id) else {
            throw PairError("\(count) bytes are sendable on \(id), but were refused")
        }
        return accepted(count, on: id)
    }

    private func isAccepted(_ data: ArraySlice<UInt8>, on id: H2StreamID) -> Bool {
        do throws(H2Error) {
            try connection.sendData(data, on: id)
            return true
        } catch {
            return false
        }
    }

    /// Sends a request, which must succeed just if `availableOutboundStreams` says so.
    private mutating func openIfAvailable() throws(PairError) -> Effect {
        let available = connection.availableOutboundStreams
        // A GET without other fields.
        var choices = FuzzInput([5])
        let request = FuzzHeaders(.request, &choices)
        let result = Result { () throws(H2Error) in
            let id = try connection.nextAvailableStreamID()
            try connection.sendHeaders(request.headers, on: id)
            return id
        }
        switch result {
        case .success(let id):
            guard available != 0 else {
                throw PairError("no stream is available, but \(id) opened")
            }
            remember(id)
            return .headers(request, on: id.rawValue)
        case .failure(let error):
            guard available == 0 else {
                throw PairError("streams are available: \(available as Int?), but \(error)")
            }
            return .events([])
        }
    }

    private mutating func loseConnection() throws(PairError) -> Effect {
        let events = connection.connectionLost()
        guard connection.connectionLost().isEmpty, !connection.hasEvents,
            !connection.hasDataToSend, connection.queuedByteCount == 0,
            connection.nextDeadline == nil, connection.availableOutboundStreams == 0
        else { throw PairError("something is left after connectionLost") }
        hasEnded = true
        return .ended(events, nil)
    }
}
