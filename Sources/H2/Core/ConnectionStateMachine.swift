// SPDX-License-Identifier: MIT

/// An input of the state machine of a connection, for both roles.
package enum ConnectionInput: CaseIterable, Sendable {
    case sendHeaders, sendPushPromise, sendData, sendGoAway, sendWindowUpdate, sendPing
    case sendSettings, sendReset, sendPriority, sendAlternativeService
    case receiveHeaders, receivePushPromise, receiveData, receiveGoAway, receiveWindowUpdate
    case receivePing, receiveSettings, receiveReset, receivePriority, receiveAlternativeService
}

/// The state machine of a connection, with h2's states: `CLIENT_OPEN` and `SERVER_OPEN` differ in
/// whether this side may send or receive PUSH_PROMISE, and send ALTSVC.
///
/// An input that is not allowed changes nothing.
package struct ConnectionStateMachine: Hashable, Sendable {
    package enum State: CaseIterable, Sendable {
        case idle, clientOpen, serverOpen, closed
    }

    package private(set) var current: State

    package init(_ state: State = .idle) { current = state }

    /// Processes an input; returns false if the state does not allow it.
    package mutating func process(_ input: ConnectionInput) -> Bool {
        switch (current, input) {
        case (.idle, .sendHeaders), (.idle, .receiveAlternativeService):
            current = .clientOpen
            return true
        case (.idle, .receiveHeaders), (.idle, .sendAlternativeService):
            current = .serverOpen
            return true
        case (.idle, .sendSettings), (.idle, .receiveSettings), (.idle, .sendWindowUpdate),
            (.idle, .receiveWindowUpdate), (.idle, .sendPing), (.idle, .receivePing),
            (.idle, .sendPriority), (.idle, .receivePriority):
            return true
        case (.idle, .sendData), (.idle, .receiveData), (.idle, .sendReset), (.idle, .receiveReset),
            (.idle, .sendPushPromise), (.idle, .receivePushPromise):
            return false

        case (.clientOpen, .sendHeaders), (.clientOpen, .sendData),
            (.clientOpen, .sendWindowUpdate),
            (.clientOpen, .sendPing), (.clientOpen, .sendSettings), (.clientOpen, .sendPriority),
            (.clientOpen, .sendReset), (.clientOpen, .receiveHeaders),
            (.clientOpen, .receivePushPromise), (.clientOpen, .receiveData),
            (.clientOpen, .receiveWindowUpdate), (.clientOpen, .receivePing),
            (.clientOpen, .receiveSettings), (.clientOpen, .receiveReset),
            (.clientOpen, .receivePriority), (.clientOpen, .receiveAlternativeService):
            return true
        case (.clientOpen, .sendPushPromise), (.clientOpen, .sendAlternativeService):
            return false

        case (.serverOpen, .sendHeaders), (.serverOpen, .sendPushPromise), (.serverOpen, .sendData),
            (.serverOpen, .sendWindowUpdate), (.serverOpen, .sendPing),
            (.serverOpen, .sendSettings),
            (.serverOpen, .sendPriority), (.serverOpen, .sendReset), (.serverOpen, .receiveHeaders),
            (.serverOpen, .receiveData), (.serverOpen, .receiveWindowUpdate),
            (.serverOpen, .receivePing), (.serverOpen, .receiveSettings),
            (.serverOpen, .receiveReset), (.serverOpen, .receivePriority),
            (.serverOpen, .sendAlternativeService), (.serverOpen, .receiveAlternativeService):
            return true
        case (.serverOpen, .receivePushPromise):
            return false

        case (.idle, .sendGoAway), (.idle, .receiveGoAway), (.clientOpen, .sendGoAway),
            (.clientOpen, .receiveGoAway), (.serverOpen, .sendGoAway),
            (.serverOpen, .receiveGoAway),
            (.closed, .sendGoAway), (.closed, .receiveGoAway):
            current = .closed
            return true
        case (.closed, .sendHeaders), (.closed, .sendPushPromise), (.closed, .sendData),
            (.closed, .sendWindowUpdate), (.closed, .sendPing), (.closed, .sendSettings),
            (.closed, .sendReset), (.closed, .sendPriority), (.closed, .sendAlternativeService),
            (.closed, .receiveHeaders), (.closed, .receivePushPromise), (.closed, .receiveData),
            (.closed, .receiveWindowUpdate), (.closed, .receivePing), (.closed, .receiveSettings),
            (.closed, .receiveReset), (.closed, .receivePriority),
            (.closed, .receiveAlternativeService):
            return false
        }
    }
}
