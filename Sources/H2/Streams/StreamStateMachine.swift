// SPDX-License-Identifier: MIT

/// An input of the state machine of a stream. Field blocks and END_STREAM are separate inputs, as
/// in h2.
package enum StreamInput: CaseIterable, Sendable {
    case sendHeaders, sendInformationalHeaders, sendData, sendEndStream, sendReset
    case sendWindowUpdate, sendPushPromise, sendAlternativeService, reserveLocal
    case receiveHeaders, receiveInformationalHeaders, receiveData, receiveEndStream, receiveReset
    case receiveWindowUpdate, receivePushPromise, reserveRemote
}

/// The effect of an input.
package enum StreamTransition: Sendable {
    /// The input is allowed, and is not one of the field blocks below.
    case done
    /// The input is a field block that opens the stream.
    case request
    /// The input is the final response.
    case response
    /// The input is a field block after the request or final response.
    case trailers
    /// The input arrived too late and has no effect.
    case ignored
    /// The state does not allow the input.
    case violation
    /// The stream is closed, or the peer sent the input after END_STREAM.
    case streamClosed
}

/// How a stream was closed.
package enum CloseReason: UInt8, Sendable {
    case sentEndStream = 1
    case receivedEndStream = 2
    /// The program reset the stream.
    case sentReset = 3
    case receivedReset = 4
    /// H2 reset or refused the stream because of the peer.
    case forcedReset = 5

    /// Whether this side sent RST_STREAM.
    var isSentReset: Bool { self == .sentReset || self == .forcedReset }
}

/// The state machine of a stream, RFC 9113 §5.1. Like h2, it also records which field blocks were
/// sent and received.
///
///                          +--------+
///                  send PP |        | recv PP
///                 ,--------|  idle  |--------.
///                /         |        |         \
///               v          +--------+          v
///        +----------+          |           +----------+
///        |          |          | send H /  |          |
/// ,------| reserved |          | recv H    | reserved |------.
/// |      | (local)  |          |           | (remote) |      |
/// |      +----------+          v           +----------+      |
/// |          |             +--------+             |          |
/// |          |     recv ES |        | send ES     |          |
/// |   send H |     ,-------|  open  |-------.     | recv H   |
/// |          v    v        |        |        v    v          |
/// |      +----------+      +--------+      +----------+      |
/// |      |   half-  |          |           |   half-  |      |
/// |      |  closed  |          | send R /  |  closed  |      |
/// |      | (remote) |          v recv R    | (local)  |      |
/// |      +----------+      +--------+      +----------+      |
/// |           | send ES /  |        | recv ES /  |           |
/// `---------->`----------->| closed |<-----------`<----------`
///   send R / recv R        +--------+         send R / recv R
///
/// H is HEADERS, PP is PUSH_PROMISE, ES is END_STREAM, and R is RST_STREAM.
///
/// An input that is not allowed changes nothing.
package struct StreamStateMachine: Hashable, Sendable {
    package enum State: UInt8, CaseIterable, Sendable {
        case idle, reservedLocal, reservedRemote, open, halfClosedRemote, halfClosedLocal, closed
    }

    /// The state, the close reason and five flags. Every step of a stream copies them: as one
    /// number, that takes one instruction.
    private var bits: UInt16 = 0

    package init() {}

    package private(set) var current: State {
        @inline(__always) get { State(rawValue: UInt8(truncatingIfNeeded: bits & 7)) ?? .closed }
        @inline(__always) set { bits = bits & ~7 | UInt16(newValue.rawValue) }
    }

    package private(set) var closeReason: CloseReason? {
        @inline(__always) get { CloseReason(rawValue: UInt8(truncatingIfNeeded: bits >> 3 & 7)) }
        @inline(__always) set { bits = bits & ~(7 << 3) | UInt16(newValue?.rawValue ?? 0) << 3 }
    }

    package private(set) var headersSent: Bool {
        @inline(__always) get { self[flag: 6] }
        @inline(__always) set { self[flag: 6] = newValue }
    }

    package private(set) var headersReceived: Bool {
        @inline(__always) get { self[flag: 7] }
        @inline(__always) set { self[flag: 7] = newValue }
    }

    private var trailersSent: Bool {
        get { self[flag: 8] }
        set { self[flag: 8] = newValue }
    }

    private var trailersReceived: Bool {
        get { self[flag: 9] }
        set { self[flag: 9] = newValue }
    }

    /// Whether the peer sent a 1xx response.
    private var informationalReceived: Bool {
        get { self[flag: 10] }
        set { self[flag: 10] = newValue }
    }

    /// Whether the peer sent any part of a response.
    package var hasResponse: Bool { headersReceived || informationalReceived }

    private subscript(flag position: UInt16) -> Bool {
        @inline(__always) get { bits & 1 << position != 0 }
        @inline(__always) set {
            bits = newValue ? bits | 1 << position : bits & ~(1 << position)
        }
    }

    /// Whether the stream counts against MAX_CONCURRENT_STREAMS, RFC 9113 §5.1.2. A reserved stream
    /// does not.
    @inline(__always)
    package var isOpen: Bool {
        current == .open || current == .halfClosedLocal || current == .halfClosedRemote
    }

    @inline(__always)
    package var isClosed: Bool { current == .closed }

    /// Processes an input, and returns its effect.
    package mutating func process(_ input: StreamInput) -> StreamTransition {
        switch (current, input) {
        case (.idle, .sendHeaders):
            current = .open
            headersSent = true
            return .request
        case (.idle, .receiveHeaders):
            current = .open
            headersReceived = true
            return .request
        case (.idle, .reserveLocal):
            current = .reservedLocal
            headersReceived = true
            return .done
        case (.idle, .reserveRemote):
            current = .reservedRemote
            headersSent = true
            return .done
        case (.idle, .sendInformationalHeaders), (.idle, .sendData), (.idle, .sendEndStream),
            (.idle, .sendReset), (.idle, .sendWindowUpdate), (.idle, .sendPushPromise),
            (.idle, .receiveInformationalHeaders), (.idle, .receiveData),
            (.idle, .receiveEndStream), (.idle, .receiveReset), (.idle, .receiveWindowUpdate),
            (.idle, .receivePushPromise), (.idle, .sendAlternativeService):
            return .violation

        case (.reservedLocal, .sendHeaders):
            current = .halfClosedRemote
            headersSent = true
            return .response
        case (.reservedRemote, .receiveHeaders):
            current = .halfClosedLocal
            headersReceived = true
            return .response
        case (.reservedLocal, .sendReset), (.reservedRemote, .sendReset):
            return close(.sentReset)
        case (.reservedLocal, .receiveReset), (.reservedRemote, .receiveReset):
            return close(.receivedReset)
        case (.reservedLocal, .receiveWindowUpdate), (.reservedRemote, .sendWindowUpdate):
            return .done
        case (.reservedLocal, .sendInformationalHeaders), (.reservedLocal, .sendData),
            (.reservedLocal, .sendEndStream), (.reservedLocal, .sendWindowUpdate),
            (.reservedLocal, .sendPushPromise), (.reservedLocal, .reserveLocal),
            (.reservedLocal, .receiveHeaders), (.reservedLocal, .receiveInformationalHeaders),
            (.reservedLocal, .receiveData), (.reservedLocal, .receiveEndStream),
            (.reservedLocal, .receivePushPromise), (.reservedLocal, .reserveRemote),
            (.reservedRemote, .sendHeaders), (.reservedRemote, .sendInformationalHeaders),
            (.reservedRemote, .sendData), (.reservedRemote, .sendEndStream),
            (.reservedRemote, .sendPushPromise), (.reservedRemote, .reserveLocal),
            (.reservedRemote, .receiveInformationalHeaders), (.reservedRemote, .receiveData),
            (.reservedRemote, .receiveEndStream), (.reservedRemote, .receiveWindowUpdate),
            (.reservedRemote, .receivePushPromise), (.reservedRemote, .reserveRemote),
            (.reservedRemote, .sendAlternativeService):
            return .violation

        case (.open, .sendHeaders), (.halfClosedRemote, .sendHeaders):
            return sendHeaderBlock()
        case (.open, .sendInformationalHeaders), (.halfClosedRemote, .sendInformationalHeaders):
            return headersSent ? .violation : .done
        case (.open, .sendData), (.halfClosedRemote, .sendData):
            return headersSent ? .done : .violation
        case (.open, .sendEndStream):
            guard headersSent else { return .violation }
            current = .halfClosedLocal
            return .done
        case (.halfClosedRemote, .sendEndStream):
            return headersSent ? close(.sentEndStream) : .violation
        case (.open, .sendPushPromise), (.halfClosedRemote, .sendPushPromise):
            return .done
        case (.open, .receiveHeaders), (.halfClosedLocal, .receiveHeaders):
            return receiveHeaderBlock()
        case (.open, .receiveInformationalHeaders),
            (.halfClosedLocal, .receiveInformationalHeaders):
            guard !headersReceived else { return .violation }
            informationalReceived = true
            return .done
        case (.open, .receiveData), (.halfClosedLocal, .receiveData):
            return headersReceived ? .done : .violation
        case (.open, .receiveEndStream):
            current = .halfClosedRemote
            return .done
        case (.halfClosedLocal, .receiveEndStream):
            return close(.receivedEndStream)
        case (.open, .receivePushPromise), (.halfClosedLocal, .receivePushPromise):
            return .done
        case (.open, .sendReset), (.halfClosedRemote, .sendReset), (.halfClosedLocal, .sendReset):
            return close(.sentReset)
        case (.open, .receiveReset), (.halfClosedRemote, .receiveReset),
            (.halfClosedLocal, .receiveReset):
            return close(.receivedReset)
        case (.open, .sendWindowUpdate), (.open, .receiveWindowUpdate),
            (.halfClosedRemote, .sendWindowUpdate), (.halfClosedRemote, .receiveWindowUpdate),
            (.halfClosedLocal, .sendWindowUpdate), (.halfClosedLocal, .receiveWindowUpdate):
            return .done

        // RFC 9113 §5.1, half-closed (remote): a stream error of type STREAM_CLOSED.
        case (.halfClosedRemote, .receiveHeaders),
            (.halfClosedRemote, .receiveInformationalHeaders),
            (.halfClosedRemote, .receiveData):
            return .streamClosed
        // RFC 9113 §8.4: a promise needs a stream that is open or half-closed (local).
        case (.halfClosedRemote, .receivePushPromise):
            return .violation
        case (.open, .reserveLocal), (.open, .reserveRemote),
            (.halfClosedRemote, .reserveLocal), (.halfClosedRemote, .reserveRemote),
            (.halfClosedRemote, .receiveEndStream),
            (.halfClosedLocal, .reserveLocal), (.halfClosedLocal, .reserveRemote),
            (.halfClosedLocal, .sendHeaders), (.halfClosedLocal, .sendInformationalHeaders),
            (.halfClosedLocal, .sendData), (.halfClosedLocal, .sendEndStream),
            (.halfClosedLocal, .sendPushPromise):
            return .violation

        case (.closed, .receiveHeaders), (.closed, .receiveInformationalHeaders),
            (.closed, .receiveData):
            return .streamClosed
        case (.closed, .receiveEndStream), (.closed, .receiveReset),
            (.closed, .receiveWindowUpdate):
            return .ignored
        // If this side reset the stream, the promise may have crossed the RST_STREAM.
        case (.closed, .receivePushPromise):
            return closeReason?.isSentReset == true ? .streamClosed : .violation
        case (.closed, .sendHeaders), (.closed, .sendInformationalHeaders), (.closed, .sendData),
            (.closed, .sendEndStream), (.closed, .sendReset), (.closed, .sendWindowUpdate):
            return .streamClosed
        // RFC 7838 §4. As in h2, only before the response, because the client may forget the stream
        // after it.
        case (.reservedLocal, .sendAlternativeService), (.open, .sendAlternativeService),
            (.halfClosedRemote, .sendAlternativeService),
            (.halfClosedLocal, .sendAlternativeService):
            return headersSent ? .violation : .done
        case (.closed, .sendAlternativeService):
            return .streamClosed
        case (.closed, .sendPushPromise), (.closed, .reserveLocal), (.closed, .reserveRemote):
            return .violation
        }
    }

    private mutating func close(_ reason: CloseReason) -> StreamTransition {
        current = .closed
        closeReason = reason
        return .done
    }

    private mutating func sendHeaderBlock() -> StreamTransition {
        guard headersSent else {
            headersSent = true
            return .response
        }
        guard !trailersSent else { return .violation }
        trailersSent = true
        return .trailers
    }

    private mutating func receiveHeaderBlock() -> StreamTransition {
        guard headersReceived else {
            headersReceived = true
            return .response
        }
        guard !trailersReceived else { return .violation }
        trailersReceived = true
        return .trailers
    }
}

extension StreamStateMachine.State: CustomStringConvertible {
    /// The name of the state in RFC 9113 §5.1, for error messages: Embedded Swift cannot print the
    /// names of enum cases.
    package var description: String {
        switch self {
        case .idle: "idle"
        case .reservedLocal: "reserved (local)"
        case .reservedRemote: "reserved (remote)"
        case .open: "open"
        case .halfClosedRemote: "half-closed (remote)"
        case .halfClosedLocal: "half-closed (local)"
        case .closed: "closed"
        }
    }
}
