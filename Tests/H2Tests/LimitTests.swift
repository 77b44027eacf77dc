// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Each refilling budget, with each way to use it up.
@Suite struct LimitTests {
    /// Requests and responses among the events.
    private func messages(_ events: [H2Event]) -> Int {
        events.count {
            switch $0 {
            case .requestReceived, .pushedStreamReceived: true
            default: false
            }
        }
    }

    @Test(
        "the allowance is taken, and not one more, whether or not the output is taken",
        arguments: LimitCase.all)
    func exceeded(_ limitCase: LimitCase) throws {
        let allowance = H2Limits()[keyPath: limitCase.budget].allowance
        for drains in [true, false] {
            let peer = try limitCase.peer()
            for index in 0..<allowance {
                let before = limitCase.count(peer.connection)
                try peer.receive(limitCase.step(index))
                let after = limitCase.count(peer.connection)
                #expect(after.used == before.used + 1 && after.total == before.total + 1)
                if drains { peer.sent() }
            }
            let result = peer.receiveResult(limitCase.step(allowance))
            #expect(result.error?.kind == .denialOfService)
            #expect(result.error?.errorCode == .enhanceYourCalm)
            #expect(result.error?.origin == .remote)
            #expect(result.error?.limit == limitCase.limit)
            #expect(result.error?.expected == allowance)
            #expect(result.error?.actual == allowance + 1)
            #expect(peer.sent().last?.errorCode == 0xb)
            // Nothing is acted on any more.
            let later = peer.receiveResult(limitCase.step(allowance + 1))
            #expect(later.error?.limit == limitCase.limit && later.events == [])
            #expect(peer.sent() == [])
        }
    }

    @Test("switched off, the same goes on", arguments: LimitCase.all)
    func unlimited(_ limitCase: LimitCase) throws {
        let allowance = H2Limits()[keyPath: limitCase.budget].allowance
        let peer = try limitCase.peer { $0[keyPath: limitCase.budget] = .unlimited }
        let before = limitCase.count(peer.connection)
        for index in 0..<allowance + 100 { try peer.receive(limitCase.step(index)) }
        let after = limitCase.count(peer.connection)
        #expect(after.total - before.total == allowance + 100)
        #expect(after.used == 0)
    }

    @Test(
        "all in one piece, nothing reaches the caller after the last that is allowed",
        arguments: LimitCase.all)
    func atOnce(_ limitCase: LimitCase) throws {
        let allowance = 20
        let peer = try limitCase.peer {
            $0[keyPath: limitCase.budget] = .init(allowance, perSecond: 0)
        }
        let used = limitCase.count(peer.connection).used
        let result = peer.receiveResult((0..<5_000).flatMap(limitCase.step))
        #expect(result.error?.limit == limitCase.limit)
        #expect(messages(result.events) <= allowance + 1 - used)
        #expect(peer.connection.usage.memory < 1 << 20)
        #expect(peer.connection.outboundByteCount < 1 << 14)
    }

    @Test("time pays back once it is told, at its rate", arguments: LimitCase.all)
    func time(_ limitCase: LimitCase) throws {
        let peer = try limitCase.peer {
            $0[keyPath: limitCase.budget] = .init(10, perSecond: 4)
        }
        let connection = peer.connection
        var index = 0
        func stepsUntilError(at seconds: Double, most: Int) -> Int {
            for count in 0..<most {
                index += 1
                let error = failure { () throws(H2Error) in
                    _ = try connection.receiveData(
                        limitCase.step(index),
                        at: H2Instant(nanoseconds: 7 + UInt64(seconds * 1e9)))
                }
                if error != nil { return count }
            }
            return most
        }
        let used = limitCase.count(connection).used
        #expect(stepsUntilError(at: 0, most: 10 - used) == 10 - used)
        #expect(limitCase.count(connection).used == 10)
        // Back in time, nothing happens; a second later there are four.
        #expect(stepsUntilError(at: 1, most: 2) == 2)
        #expect(stepsUntilError(at: 0.5, most: 2) == 2)
        #expect(stepsUntilError(at: 1.25, most: 1) == 1)
        #expect(stepsUntilError(at: 1_000, most: 20) == 10)
        peer.check()
    }

    @Test("without being told, time pays back nothing: no clock is read")
    func noClock() throws {
        let limitCase = LimitCase.all[0]
        let peer = try limitCase.peer {
            $0[keyPath: limitCase.budget] = .init(3, perSecond: .max)
        }
        for index in 0..<3 { try peer.receive(limitCase.step(index)) }
        #expect(peer.receiveResult(limitCase.step(3)).error?.limit == .peerResets)
    }
}
