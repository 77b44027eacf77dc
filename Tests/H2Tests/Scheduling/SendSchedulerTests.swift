// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The order of streams, compared with a simple model.
@Suite struct SendSchedulerTests {
    /// A list of streams for each urgency, in the order in which they send.
    private struct Model {
        struct Stream {
            let id: UInt32
            let ticket: UInt32
            let priority: SendPriority
            var turnLength = 0
        }

        var streams: [Stream] = []

        /// The index of the stream that comes first.
        var first: Int? {
            streams.indices.min { a, b in
                let (left, right) = (streams[a], streams[b])
                let (leftRank, rightRank) = (Self.rank(left), Self.rank(right))
                guard leftRank == rightRank else { return leftRank < rightRank }
                return left.priority.isIncremental ? a < b : left.id < right.id
            }
        }

        private static func rank(_ stream: Stream) -> Int {
            stream.priority.urgency * 2 + (stream.priority.isIncremental ? 1 : 0)
        }
    }

    /// Compares the first streams after dropping stale entries, as the connection does.
    private func expectSameFirst(
        _ scheduler: inout SendScheduler, _ model: Model, _ step: Int
    ) -> Int? {
        let current = Set(model.streams.map(\.ticket))
        while let first = scheduler.first, !current.contains(first.ticket) {
            scheduler.removeFirst()
        }
        let expected = model.first
        let isSame =
            scheduler.first?.id == expected.map { model.streams[$0].id }
            && scheduler.first?.ticket == expected.map { model.streams[$0].ticket }
            && scheduler.count == model.streams.count
        if !isSame { Issue.record("step \(step): \(String(describing: scheduler.first))") }
        return isSame ? expected : nil
    }

    @Test(
        "random insertions, removals and turns agree with a list",
        arguments: 1...8 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var scheduler = SendScheduler()
        var model = Model()
        let most = random.pick([1, 3, 20, 200])
        for step in 0..<3_000 {
            let id = UInt32(random.below(most * 2)) * 2 + 1
            let known = model.streams.firstIndex { $0.id == id }
            switch random.below(10) {
            case 0..<4 where known == nil && model.streams.count < most:
                let urgency = random.chance(50) ? 3 : random.below(8)
                let priority = SendPriority(urgency: urgency, isIncremental: random.chance(50))
                let ticket = scheduler.insert(id, priority)
                #expect(ticket != 0)
                model.streams.append(.init(id: id, ticket: ticket, priority: priority))
            case 4, 5:
                guard let known else { continue }
                model.streams.remove(at: known)
                scheduler.removed()
                guard scheduler.needsCompacting else { continue }
                let current = Set(model.streams.map(\.ticket))
                scheduler.compact { current.contains($0.ticket) }
                #expect(!scheduler.needsCompacting)
            default:
                guard let first = expectSameFirst(&scheduler, model, step) else { continue }
                guard model.streams[first].priority.isIncremental else {
                    scheduler.sent(100, endsTurn: random.chance(50))
                    #expect(scheduler.turnLength == 0)
                    continue
                }
                let endsTurn = random.chance(60)
                scheduler.sent(100, endsTurn: endsTurn)
                if endsTurn { model.streams.append(model.streams.remove(at: first)) }
            }
        }
        // Remove all streams in their order.
        var step = 3_000
        while !model.streams.isEmpty {
            guard let first = expectSameFirst(&scheduler, model, step) else { return }
            model.streams.remove(at: first)
            scheduler.removed()
            step += 1
        }
        _ = expectSameFirst(&scheduler, model, step)
        #expect(scheduler.first == nil && scheduler.count == 0)
    }

    @Test("an empty scheduler has no first stream, and accepts all calls")
    func empty() {
        var scheduler = SendScheduler()
        #expect(scheduler.first == nil && scheduler.count == 0 && !scheduler.needsCompacting)
        scheduler.removeFirst()
        scheduler.sent(1, endsTurn: true)
        scheduler.compact { _ in true }
        #expect(scheduler.first == nil && scheduler.turnLength == 0)
    }

    @Test("the length of a turn belongs to the stream that comes first")
    func turnLength() {
        var scheduler = SendScheduler()
        _ = scheduler.insert(1, SendPriority(urgency: 3, isIncremental: true))
        _ = scheduler.insert(3, SendPriority(urgency: 3, isIncremental: true))
        scheduler.sent(100, endsTurn: false)
        scheduler.sent(50, endsTurn: false)
        #expect(scheduler.first?.id == 1 && scheduler.turnLength == 150)
        // A more urgent stream interrupts the turn, which continues afterwards.
        for urgency in [0, 3] {
            _ = scheduler.insert(5, SendPriority(urgency: urgency, isIncremental: false))
            #expect(scheduler.first?.id == 5 && scheduler.turnLength == 0)
            scheduler.sent(100, endsTurn: false)
            scheduler.removed()
            scheduler.removeFirst()
            #expect(scheduler.first?.id == 1 && scheduler.turnLength == 150)
        }
        scheduler.sent(10, endsTurn: true)
        #expect(scheduler.first?.id == 3 && scheduler.turnLength == 0)
        scheduler.sent(10, endsTurn: false)
        scheduler.removed()
        scheduler.removeFirst()
        #expect(scheduler.first?.id == 1 && scheduler.turnLength == 0)
        scheduler.sent(10, endsTurn: true)
        #expect(scheduler.first?.id == 1 && scheduler.turnLength == 0)
    }

    @Test("stale entries need bounded memory: at most twice the streams, plus 64")
    func stale() {
        var scheduler = SendScheduler()
        var tickets: [UInt32: UInt32] = [:]
        for id: UInt32 in 0..<10 {
            tickets[id] = scheduler.insert(id, SendPriority(urgency: 3, isIncremental: false))
        }
        var compactions = 0
        for step in 0..<10_000 {
            let id = UInt32(step % 10)
            scheduler.removed()
            tickets[id] = nil
            if scheduler.needsCompacting {
                scheduler.compact { tickets[$0.id] == $0.ticket }
                compactions += 1
            }
            tickets[id] = scheduler.insert(
                id, SendPriority(urgency: step % 8, isIncremental: step % 3 == 0))
        }
        #expect(compactions >= 100 && compactions <= 10_000 / 64)
        var found: Set<UInt32> = []
        while let first = scheduler.first {
            if tickets[first.id] == first.ticket { found.insert(first.id) }
            scheduler.removeFirst()
        }
        #expect(found == Set(tickets.keys))
    }

    @Test("the time for n streams in turn is linear", arguments: [false, true])
    func linear(_ isIncremental: Bool) throws {
        let growth = try CPUTime.growth(of: 2_000) { count in
            {
                var scheduler = SendScheduler()
                for id in 0..<UInt32(count) {
                    _ = scheduler.insert(
                        id, SendPriority(urgency: 3, isIncremental: isIncremental))
                }
                for _ in 0..<2 * count { scheduler.sent(1, endsTurn: true) }
                while scheduler.first != nil { scheduler.removeFirst() }
                return count
            }
        }
        #expect(growth < 1.5 * CPUTime.linear, "\(growth)")
    }
}
