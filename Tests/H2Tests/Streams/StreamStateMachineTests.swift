// SPDX-License-Identifier: MIT

import H2
import Testing

/// The state machine, compared with a table written from RFC 9113 §5.1 and h2's `_transitions`.
///
/// Where h2 violates a rule, the table follows the rule: no DATA is sent before the final header
/// section; an idle or reserved stream accepts no DATA; a reserved (local) stream sends no
/// WINDOW_UPDATE, and a reserved (remote) one receives none.
@Suite struct StreamStateMachineTests {
    /// A row: the inputs that lead to a state, and the result of each further input, in the order
    /// of `columns`.
    ///
    /// `no` is a violation, `gone` a closed stream, `late` ignored, and `ok` allowed; `req`, `res`
    /// and `tra` are a request, a response and trailers. `>` precedes the next state if it differs.
    /// Closed states are named by what closed them: `sES` and `rES` by END_STREAM sent or received,
    /// `sRST` and `rRST` by RST_STREAM.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path: [StreamInput]
        var cells: [String]

        init(_ name: String, _ path: [StreamInput], _ sending: String, _ receiving: String) {
            testDescription = name
            self.path = path
            cells = "\(sending) \(receiving)".split(separator: " ").map(String.init)
        }

        func machine() -> StreamStateMachine {
            var machine = StreamStateMachine()
            for input in path { _ = machine.process(input) }
            return machine
        }
    }

    static let columns: [StreamInput] = [
        .sendHeaders, .sendInformationalHeaders, .sendData, .sendEndStream, .sendReset,
        .sendWindowUpdate, .sendPushPromise, .reserveLocal, .receiveHeaders,
        .receiveInformationalHeaders, .receiveData, .receiveEndStream, .receiveReset,
        .receiveWindowUpdate, .receivePushPromise, .reserveRemote,
    ]

    static let rows = [
        Row(
            "idle", [],
            "req>open no no no no no no ok>resL",
            "req>open no no no no no no ok>resR"),
        Row(
            "reserved (local)", [.reserveLocal],
            "res>hcR no no no ok>sRST no no no",
            "no no no no ok>rRST ok no no"),
        Row(
            "reserved (remote)", [.reserveRemote],
            "no no no no ok>sRST ok no no",
            "res>hcL no no no ok>rRST no no no"),
        Row(
            "open, request sent", [.sendHeaders],
            "tra no ok ok>hcL ok>sRST ok ok no",
            "res ok no ok>hcR ok>rRST ok ok no"),
        Row(
            "open, request received", [.receiveHeaders],
            "res ok no no ok>sRST ok ok no",
            "tra no ok ok>hcR ok>rRST ok ok no"),
        Row(
            "open, 1xx sent", [.receiveHeaders, .sendInformationalHeaders],
            "res ok no no ok>sRST ok ok no",
            "tra no ok ok>hcR ok>rRST ok ok no"),
        Row(
            "open, 1xx received", [.sendHeaders, .receiveInformationalHeaders],
            "tra no ok ok>hcL ok>sRST ok ok no",
            "res ok no ok>hcR ok>rRST ok ok no"),
        Row(
            "open, response sent", [.receiveHeaders, .sendHeaders],
            "tra no ok ok>hcL ok>sRST ok ok no",
            "tra no ok ok>hcR ok>rRST ok ok no"),
        Row(
            "half-closed (remote), no response sent", [.receiveHeaders, .receiveEndStream],
            "res ok no no ok>sRST ok ok no",
            "gone gone gone no ok>rRST ok no no"),
        Row(
            "half-closed (remote), response sent",
            [.receiveHeaders, .receiveEndStream, .sendHeaders],
            "tra no ok ok>sES ok>sRST ok ok no",
            "gone gone gone no ok>rRST ok no no"),
        Row(
            "half-closed (remote), pushed", [.reserveLocal, .sendHeaders],
            "tra no ok ok>sES ok>sRST ok ok no",
            "gone gone gone no ok>rRST ok no no"),
        Row(
            "half-closed (local), no response received", [.sendHeaders, .sendEndStream],
            "no no no no ok>sRST ok no no",
            "res ok no ok>rES ok>rRST ok ok no"),
        Row(
            "half-closed (local), response received",
            [.sendHeaders, .sendEndStream, .receiveHeaders],
            "no no no no ok>sRST ok no no",
            "tra no ok ok>rES ok>rRST ok ok no"),
        Row(
            "half-closed (local), pushed", [.reserveRemote, .receiveHeaders],
            "no no no no ok>sRST ok no no",
            "tra no ok ok>rES ok>rRST ok ok no"),
        Row(
            "closed by END_STREAM sent",
            [.receiveHeaders, .receiveEndStream, .sendHeaders, .sendEndStream],
            "gone gone gone gone gone gone no no",
            "gone gone gone late late late no no"),
        Row(
            "closed by END_STREAM received",
            [.sendHeaders, .sendEndStream, .receiveHeaders, .receiveEndStream],
            "gone gone gone gone gone gone no no",
            "gone gone gone late late late no no"),
        Row(
            "closed by RST_STREAM sent", [.sendHeaders, .sendReset],
            "gone gone gone gone gone gone no no",
            "gone gone gone late late late gone no"),
        Row(
            "closed by RST_STREAM received", [.sendHeaders, .receiveReset],
            "gone gone gone gone gone gone no no",
            "gone gone gone late late late no no"),
    ]

    static let outcomes: [Substring: StreamTransition] = [
        "ok": .done, "req": .request, "res": .response, "tra": .trailers, "late": .ignored,
        "no": .violation, "gone": .streamClosed,
    ]

    static let states: [Substring: (StreamStateMachine.State, CloseReason?)] = [
        "resL": (.reservedLocal, nil), "resR": (.reservedRemote, nil), "open": (.open, nil),
        "hcR": (.halfClosedRemote, nil), "hcL": (.halfClosedLocal, nil),
        "sES": (.closed, .sentEndStream), "rES": (.closed, .receivedEndStream),
        "sRST": (.closed, .sentReset), "rRST": (.closed, .receivedReset),
    ]

    @Test("§5.1: each input has the outcome and the next state in the table", arguments: rows)
    func table(row: Row) throws {
        try #require(row.cells.count == Self.columns.count)
        for (input, cell) in zip(Self.columns, row.cells) {
            let before = row.machine()
            var after = before
            let transition = after.process(input)
            let parts = cell.split(separator: ">")
            #expect(transition == Self.outcomes[parts[0]], "\(input)")
            let expected =
                parts.count > 1
                ? try #require(Self.states[parts[1]]) : (before.current, before.closeReason)
            #expect(after.current == expected.0, "\(input)")
            #expect(after.closeReason == expected.1, "\(input)")
        }
    }

    @Test("an input that is not allowed, or too late, changes nothing", arguments: rows)
    func misuse(row: Row) {
        for input in Self.columns {
            let before = row.machine()
            var after = before
            switch after.process(input) {
            case .violation, .streamClosed, .ignored: #expect(after == before, "\(input)")
            case .done, .request, .response, .trailers: break
            }
        }
    }

    @Test(
        "RFC 7838 §4: an alternative service may be sent until the final response", arguments: rows)
    func alternativeService(row: Row) {
        let before = row.machine()
        var after = before
        let transition = after.process(.sendAlternativeService)
        #expect(after == before)
        switch before.current {
        case .idle, .reservedRemote: #expect(transition == .violation)
        case .closed: #expect(transition == .streamClosed)
        case .reservedLocal, .open, .halfClosedRemote, .halfClosedLocal:
            #expect(transition == (before.headersSent ? .violation : .done))
        }
    }

    @Test("the table contains every state and every input")
    func everything() {
        let reached = Set(Self.rows.map { $0.machine().current })
        #expect(reached == Set(StreamStateMachine.State.allCases))
        #expect(Set(Self.columns + [.sendAlternativeService]) == Set(StreamInput.allCases))
        #expect(Self.columns.count == 16 && reached.count == 7)
        let closures = Set(Self.rows.compactMap { $0.machine().closeReason })
        #expect(closures == [.sentEndStream, .receivedEndStream, .sentReset, .receivedReset])
    }

    @Test(
        "§5.1.2: only open and half-closed streams count against the limit",
        arguments: rows)
    func counting(row: Row) {
        let machine = row.machine()
        let counted: [StreamStateMachine.State] = [.open, .halfClosedLocal, .halfClosedRemote]
        #expect(machine.isOpen == counted.contains(machine.current))
        #expect(machine.isClosed == (machine.current == .closed))
        #expect((machine.closeReason != nil) == machine.isClosed)
    }

    /// Processes inputs and returns their outcomes.
    private func outcomes(_ inputs: [StreamInput]) -> [StreamTransition] {
        var machine = StreamStateMachine()
        return inputs.map { machine.process($0) }
    }

    @Test("§8.1: a server sends 1xx responses, one final response, DATA and one trailer section")
    func sendingInOrder() {
        #expect(
            outcomes([
                .receiveHeaders, .sendInformationalHeaders, .sendInformationalHeaders, .sendHeaders,
                .sendData, .sendData, .sendHeaders, .sendEndStream,
            ]) == [.request, .done, .done, .response, .done, .done, .trailers, .done])
        #expect(
            outcomes([.receiveHeaders, .sendHeaders, .sendHeaders, .sendHeaders])
                == [.request, .response, .trailers, .violation])
        #expect(
            outcomes([.receiveHeaders, .sendHeaders, .sendInformationalHeaders])
                == [.request, .response, .violation])
        #expect(
            outcomes([.receiveHeaders, .sendHeaders, .sendData, .sendInformationalHeaders])
                == [.request, .response, .done, .violation])
    }

    @Test("§8.1: a client receives 1xx responses, one final response, DATA and one trailer section")
    func receivingInOrder() {
        #expect(
            outcomes([
                .sendHeaders, .sendEndStream, .receiveInformationalHeaders,
                .receiveInformationalHeaders, .receiveHeaders, .receiveData, .receiveHeaders,
                .receiveEndStream,
            ]) == [.request, .done, .done, .done, .response, .done, .trailers, .done])
        #expect(
            outcomes([.sendHeaders, .receiveHeaders, .receiveHeaders, .receiveHeaders])
                == [.request, .response, .trailers, .violation])
        #expect(
            outcomes([.sendHeaders, .receiveHeaders, .receiveInformationalHeaders])
                == [.request, .response, .violation])
        #expect(
            outcomes([.sendHeaders, .receiveInformationalHeaders, .receiveData])
                == [.request, .done, .violation])
    }

    @Test("trailers in the two directions are independent")
    func bothTrailers() {
        #expect(
            outcomes([
                .receiveHeaders, .receiveHeaders, .sendHeaders, .sendHeaders, .receiveEndStream,
                .sendEndStream,
            ]) == [.request, .trailers, .response, .trailers, .done, .done])
    }

    @Test("headersSent and headersReceived are true after a final header section")
    func flags() {
        func flags(_ inputs: [StreamInput]) -> [Bool] {
            var machine = StreamStateMachine()
            for input in inputs { _ = machine.process(input) }
            return [machine.headersSent, machine.headersReceived]
        }
        #expect(flags([]) == [false, false])
        #expect(flags([.sendHeaders]) == [true, false])
        #expect(flags([.receiveHeaders]) == [false, true])
        #expect(flags([.receiveHeaders, .sendInformationalHeaders]) == [false, true])
        #expect(flags([.sendHeaders, .receiveInformationalHeaders]) == [true, false])
        #expect(flags([.receiveHeaders, .sendHeaders]) == [true, true])
        // A promised request counts as a header section.
        #expect(flags([.reserveLocal]) == [false, true])
        #expect(flags([.reserveRemote]) == [true, false])
        #expect(flags([.reserveLocal, .sendHeaders]) == [true, true])
    }
}
