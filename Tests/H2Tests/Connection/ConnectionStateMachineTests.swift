// SPDX-License-Identifier: MIT

import H2
import Testing

/// The state machine, compared with a table written from h2's `_transitions`.
@Suite struct ConnectionStateMachineTests {
    typealias State = ConnectionStateMachine.State

    /// The allowed inputs of each state, by the state they lead to. Other inputs are not allowed.
    static let transitions: [State: [State: Set<ConnectionInput>]] = [
        .idle: [
            .idle: [
                .sendSettings, .receiveSettings, .sendWindowUpdate, .receiveWindowUpdate, .sendPing,
                .receivePing, .sendPriority, .receivePriority,
            ],
            .clientOpen: [.sendHeaders, .receiveAlternativeService],
            .serverOpen: [.receiveHeaders, .sendAlternativeService],
            .closed: goAway,
        ],
        .clientOpen: [
            .clientOpen: everything.subtracting(goAway).subtracting([
                .sendPushPromise, .sendAlternativeService,
            ]),
            .closed: goAway,
        ],
        .serverOpen: [
            .serverOpen: everything.subtracting(goAway).subtracting([.receivePushPromise]),
            .closed: goAway,
        ],
        .closed: [.closed: goAway],
    ]

    static let goAway: Set<ConnectionInput> = [.sendGoAway, .receiveGoAway]
    static let everything = Set(ConnectionInput.allCases)

    /// Input sequences that lead to each state.
    static let paths: [(State, [ConnectionInput])] = [
        (.idle, []), (.idle, [.sendSettings, .receiveSettings]),
        (.clientOpen, [.sendHeaders]), (.clientOpen, [.receiveAlternativeService]),
        (.serverOpen, [.receiveHeaders]), (.serverOpen, [.sendAlternativeService]),
        (.closed, [.sendGoAway]), (.closed, [.receiveGoAway]),
        (.closed, [.sendHeaders, .receiveGoAway]), (.closed, [.receiveHeaders, .sendGoAway]),
    ]

    private func machine(_ path: [ConnectionInput]) -> ConnectionStateMachine {
        var machine = ConnectionStateMachine()
        for input in path { _ = machine.process(input) }
        return machine
    }

    @Test(
        "each input leads to the state in the table, or is not allowed and changes nothing",
        arguments: paths)
    func table(state: State, path: [ConnectionInput]) {
        let before = machine(path)
        #expect(before.current == state)
        for input in ConnectionInput.allCases {
            var after = before
            let isAllowed = after.process(input)
            let next = Self.transitions[state]?.first { $0.value.contains(input) }?.key
            #expect(isAllowed == (next != nil), "\(input)")
            #expect(after.current == next ?? state, "\(input)")
            if !isAllowed { #expect(after == before, "\(input)") }
        }
    }

    @Test("the table has 4 states and 20 inputs, of which the states allow 14, 18, 19 and 2")
    func everything() {
        #expect(Set(Self.paths.map(\.0)) == Set(State.allCases))
        #expect(State.allCases.count == 4 && Self.everything.count == 20)
        // Counted in h2's `_transitions`.
        let counts = State.allCases.map { state in
            Self.transitions[state]?.values.reduce(0) { $0 + $1.count }
        }
        #expect(counts == [14, 18, 19, 2])
    }

    @Test("a machine created in a state equals one that reached it by inputs", arguments: paths)
    func starting(state: State, path: [ConnectionInput]) {
        #expect(ConnectionStateMachine(state) == machine(path))
    }
}
