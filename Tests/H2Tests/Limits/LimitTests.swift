// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Each budget, with each way to use it up.
@Suite struct LimitTests {
    /// Returns the number of requests and promises among the events.
    private func messages(_ events: [H2Event]) -> Int {
        events.count {
            switch $0 {
            case .requestReceived, .pushedStreamReceived: true
            default: false
            }
        }
    }

    @Test(
        "the allowance can be used, and not one unit more, whether or not output is removed",
        arguments: LimitCase.all)
    func exceeded(_ limitCase: LimitCase) throws {
        let allowance = max(300, limitCase.leastAllowance)
        for drains in [true, false] {
            let peer = try limitCase.peer(.init(allowance, perSecond: 0))
            let used = limitCase.count(peer.connection).used
            for index in 0..<allowance - used {
                let before = limitCase.count(peer.connection)
                try peer.receive(limitCase.step(index))
                let after = limitCase.count(peer.connection)
                #expect(after.used == before.used + 1 && after.total == before.total + 1)
                #expect(after.mostUsed == after.used && after.allowance == allowance)
                if drains { peer.sent() }
            }
            let result = peer.receiveResult(limitCase.step(allowance))
            #expect(result.error?.kind == .denialOfService)
            #expect(result.error?.errorCode == .enhanceYourCalm)
            #expect(result.error?.origin == .remote)
            #expect(result.error?.limit == limitCase.limit.rule.limit)
            #expect(result.error?.expected == allowance)
            #expect(result.error?.actual == allowance + 1)
            #expect(peer.sent().last?.errorCode == 0xb)
            // Later bytes have no effect.
            let later = peer.receiveResult(limitCase.step(allowance + 1))
            #expect(later.error?.limit == limitCase.limit.rule.limit && later.events == [])
            #expect(peer.sent() == [])
        }
    }

    @Test("without a limit, any number of steps is accepted", arguments: LimitCase.all)
    func unlimited(_ limitCase: LimitCase) throws {
        let peer = try limitCase.peer(.unlimited)
        let before = limitCase.count(peer.connection)
        let count = limitCase.leastAllowance + 400
        for index in 0..<count { try peer.receive(limitCase.step(index)) }
        let after = limitCase.count(peer.connection)
        #expect(after.total - before.total == count)
        #expect(after.used == 0 && after.mostUsed == 0 && after.allowance == .max)
    }

    @Test(
        "in a single call, no message after the exhausted allowance is reported",
        arguments: LimitCase.all)
    func atOnce(_ limitCase: LimitCase) throws {
        let allowance = max(20, limitCase.leastAllowance)
        let peer = try limitCase.peer(.init(allowance, perSecond: 0))
        let used = limitCase.count(peer.connection).used
        let result = peer.receiveResult((0..<allowance + 5_000).flatMap(limitCase.step))
        #expect(result.error?.limit == limitCase.limit.rule.limit)
        #expect(messages(result.events) <= allowance + 1 - used)
        #expect(peer.connection.usage.memory < 1 << 20)
        #expect(peer.connection.outboundByteCount < 1 << 15)
    }

    @Test("time restores units at the given rate, once a time is passed", arguments: LimitCase.all)
    func time(_ limitCase: LimitCase) throws {
        let allowance = limitCase.leastAllowance
        let peer = try limitCase.peer(.init(allowance, perSecond: 4))
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
        _ = try connection.receiveData([], at: H2Instant(nanoseconds: 7))
        while limitCase.count(connection).used < allowance {
            guard stepsUntilError(at: 0, most: 1) == 1 else { break }
        }
        #expect(limitCase.count(connection).used == allowance)
        // At 1 second, 4 units are restored. An earlier time changes nothing.
        #expect(stepsUntilError(at: 1, most: 2) == 2)
        #expect(stepsUntilError(at: 0.5, most: 2) == 2)
        #expect(stepsUntilError(at: 1.25, most: 1) == 1)
        #expect(stepsUntilError(at: 10_000, most: allowance + 10) == allowance)
        peer.check()
    }

    @Test("calls without a time can use what 600 seconds restore, once", arguments: LimitCase.all)
    func noClock(_ limitCase: LimitCase) throws {
        let allowance = limitCase.leastAllowance
        let peer = try limitCase.peer(.init(allowance, perSecond: 1))
        #expect(limitCase.count(peer.connection).allowance == allowance + 600)
        let used = limitCase.count(peer.connection).used
        for index in 0..<allowance + 600 - used { try peer.receive(limitCase.step(index)) }
        let error = peer.receiveResult(limitCase.step(allowance + 600)).error
        #expect(error?.limit == limitCase.limit.rule.limit && error?.expected == allowance + 600)
    }

    @Test("calls with a time and calls without one can be mixed", arguments: LimitCase.all)
    func mixed(_ limitCase: LimitCase) throws {
        let allowance = limitCase.leastAllowance
        let peer = try limitCase.peer(.init(allowance, perSecond: 1))
        let connection = peer.connection
        let used = limitCase.count(connection).used
        for index in 0..<allowance - used {
            _ = try connection.receiveData(limitCase.step(index), at: H2Instant(nanoseconds: 9))
        }
        // The allowance is used up, so calls without a time use the reserve.
        for index in 0..<600 {
            _ = try connection.receiveData(limitCase.step(allowance + index))
        }
        _ = try connection.receiveData(
            limitCase.step(allowance + 600), at: H2Instant(nanoseconds: 1_000_000_009))
        #expect(limitCase.count(connection).used == allowance)
        let error = failure { () throws(H2Error) in
            _ = try connection.receiveData(limitCase.step(allowance + 601))
        }
        #expect(error?.limit == limitCase.limit.rule.limit)
        #expect(error?.expected == allowance && error?.actual == allowance + 1)
    }
}
