// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The table of live streams, compared with a dictionary.
@Suite struct StreamTableTests {
    /// The distribution of stream identifiers.
    enum Shape: CaseIterable, Sendable {
        /// 1, 3, 5 …, as clients number them.
        case clustered
        /// Random gaps, up to 2^31-1.
        case spread
        /// Multiples of 65,536, plus 1: the low bits are equal.
        case strided
        /// Clusters that are far apart.
        case islands

        func identifiers(_ count: Int) -> [UInt32] {
            var generator = SplitMix(seed: 7)
            switch self {
            case .clustered: return (0..<count).map { UInt32($0) * 2 + 1 }
            case .spread:
                let all = (0..<count * 2).map { _ in
                    UInt32.random(in: 0...0x3fff_ffff, using: &generator) * 2 + 1
                }
                return Set(all).sorted().prefix(count - 1) + [0x7fff_ffff]
            case .strided: return (0..<count).map { UInt32($0) * 65_536 + 1 }
            case .islands:
                return (0..<count).map {
                    UInt32($0 / 64) * 16_777_216 / 4 + UInt32($0 % 64) * 2 + 1
                }
            }
        }
    }

    /// Returns the records that a connection creates when it opens these streams.
    private func records(_ identifiers: [UInt32]) throws -> [UInt32: StreamRecord] {
        let connection = H2Connection(.client)
        try connection.initiateConnection()
        for id in identifiers { try connection.sendHeaders(.sampleRequest, on: H2StreamID(id)) }
        connection.clearOutboundDataBuffer()
        return Dictionary(
            uniqueKeysWithValues: connection.state.streams.live.records.map { ($0.id, $0) })
    }

    @Test("20,000 random operations agree with a dictionary", arguments: Shape.allCases)
    func matchesDictionary(shape: Shape) throws {
        let identifiers = shape.identifiers(1_500)
        let pool = try records(identifiers)
        try #require(pool.count == identifiers.count)
        var generator = SplitMix(seed: 20_260_101)
        var table = StreamTable(seed: 7)
        var model: [UInt32: Int] = [:]
        // More insertions at first and more removals later, so that the table grows, shrinks and is
        // emptied.
        for step in 0..<20_000 {
            let id = identifiers[Int.random(in: 0..<identifiers.count, using: &generator)]
            let wantsMore = Int.random(in: 0..<20_000, using: &generator) > step
            let slot = table.find(id)
            #expect((slot != nil) == (model[id] != nil))
            if let slot {
                #expect(table[slot].id == id && table[slot].flow.send.available == model[id])
                if wantsMore {
                    table[slot].flow.send = SendWindow(size: step)
                    model[id] = step
                } else {
                    table.remove(at: slot)
                    model[id] = nil
                    #expect(table.find(id) == nil)
                }
            } else if wantsMore {
                var record = try #require(pool[id])
                record.flow.send = SendWindow(size: step)
                let slot = table.insert(record)
                model[id] = step
                #expect(table[slot].id == id && table.find(id) == slot)
            }
            #expect(table.count == model.count)
            if step % 500 == 0 { compare(table, model) }
        }
        compare(table, model)
        for id in model.keys.sorted() {
            let found = table.find(id)
            let slot = try #require(found)
            table.remove(at: slot)
        }
        #expect(table.count == 0)
        compare(table, [:])
        #expect(identifiers.allSatisfy { table.find($0) == nil })
    }

    private func compare(_ table: borrowing StreamTable, _ model: [UInt32: Int]) {
        let found = table.records.map { ($0.id, $0.flow.send.available) }
        #expect(found.count == model.count)
        #expect(Dictionary(found) { first, _ in first } == model)
        #expect(
            model.allSatisfy { id, value in
                table.find(id).map { table[$0].flow.send.available } == value
            })
    }

    @Test("forEach visits each record once, and moves none")
    func forEachChangesAll() throws {
        let identifiers = Shape.spread.identifiers(1_000)
        var table = StreamTable(seed: 7)
        for record in try records(identifiers).values { table.insert(record) }
        let slots = identifiers.map { table.find($0) }
        var visited: [UInt32: Int] = [:]
        table.forEach {
            visited[$0.id, default: 0] += 1
            $0.flow.send.use(Int($0.id))
        }
        #expect(visited.count == identifiers.count && visited.values.allSatisfy { $0 == 1 })
        #expect(identifiers.map { table.find($0) } == slots)
        for id in identifiers {
            let found = table.find(id)
            let slot = try #require(found)
            #expect(table[slot].flow.send.available == 65_535 - Int(id))
        }
    }

    @Test("a growing table keeps every record")
    func growing() throws {
        let identifiers = Shape.islands.identifiers(5_000)
        let pool = try records(identifiers)
        var table = StreamTable(seed: 7)
        for (index, id) in identifiers.enumerated() {
            table.insert(try #require(pool[id]))
            #expect(table.count == index + 1)
        }
        #expect(identifiers.allSatisfy { id in table.find(id).map { table[$0].id } == id })
    }

    @Test("an empty table finds nothing, before the first stream and after the last")
    func empty() throws {
        var table = StreamTable(seed: 7)
        #expect(table.find(1) == nil && table.count == 0)
        table.forEach { _ in Issue.record("unexpected record") }
        #expect(Array(table.records).isEmpty)
        let record = try #require(try records([1])[1])
        table.remove(at: table.insert(record))
        #expect(table.find(1) == nil && table.count == 0 && Array(table.records).isEmpty)
        table.insert(record)
        #expect(table.find(1) != nil && table.find(3) == nil && table.count == 1)
    }

    /// Returns odd identifiers that a hash without a seed would put into the same eighth of the
    /// slots.
    private static func chosen(_ count: Int) -> [UInt32] {
        let candidates = (0..<UInt32(count) * 8).lazy.map { $0 * 2 + 1 }
        return Array(
            candidates.filter { (($0 &* 0x9e37_79b1) >> 15) & 0x3fff < 0x800 }.prefix(count))
    }

    private func averageProbes(_ identifiers: [UInt32], seed: UInt64) -> Double {
        var table = StreamTable(seed: seed)
        for id in identifiers {
            table.insert(StreamRecord(id: id, sendWindow: 0, receiveWindow: 0))
        }
        return Double(identifiers.reduce(0) { $0 + table.probeCount(of: $1) })
            / Double(identifiers.count)
    }

    @Test("chosen identifiers need about as many probes as random ones")
    func chosenIdentifiers() throws {
        let count = 8_000
        let chosen = Self.chosen(count)
        try #require(chosen.count == count)
        var random = SplitMix(seed: 1)
        var spread: Set<UInt32> = []
        while spread.count < count { spread.insert(UInt32(random.next() >> 33) | 1) }
        var shapes = [chosen]
        for shape in [Shape.clustered, .strided, .islands] {
            shapes.append(shape.identifiers(count))
        }
        for distance: UInt32 in [6, 34, 1_024, 4_098, 32_768, 131_072, 200_002] {
            shapes.append((0..<UInt32(count)).map { $0 * distance | 1 })
        }
        for seed: UInt64 in 0..<10 {
            let expected = averageProbes(spread.sorted(), seed: seed)
            #expect(expected < 2)
            for (index, shape) in shapes.enumerated() {
                let probes = averageProbes(shape, seed: seed)
                #expect(probes < expected * 1.2, "seed \(seed), shape \(index)")
            }
        }
    }

    @Test("each connection has its own hash, unless its configuration has a seed")
    func seeds() throws {
        func order(_ seed: UInt64?) throws -> [UInt32] {
            var configuration = H2Configuration.client
            configuration.hashSeed = seed
            let connection = H2Connection(configuration)
            try connection.initiateConnection()
            for id in stride(from: UInt32(1), to: 201, by: 2) {
                try connection.sendHeaders(.sampleRequest, on: H2StreamID(id))
            }
            return connection.state.streams.live.records.map(\.id)
        }
        #expect(try order(5) == order(5) && order(5) != order(6))
        #expect(try order(nil) != order(nil))
        #expect(H2Configuration.client == .client)
    }

    @Test("a table shrinks as streams are removed, and keeps all others")
    func shrinking() throws {
        let identifiers = Shape.spread.identifiers(5_000)
        let pool = try records(identifiers)
        var table = StreamTable(seed: 3)
        for id in identifiers { table.insert(try #require(pool[id])) }
        let largest = table.heldByteCount
        var isSmall = true
        for (index, id) in identifiers.enumerated() {
            let found = table.find(id)
            let slot = try #require(found)
            table.remove(at: slot)
            isSmall = isSmall && table.heldByteCount <= max(256 * 72, table.usedByteCount * 8 + 512)
            guard index % 100 == 0 else { continue }
            let kept = identifiers[(index + 1)...].filter { table.find($0) != nil }
            #expect(kept.count == table.count && table.find(id) == nil)
        }
        #expect(isSmall)
        #expect(largest >= 8_192 * 72 && table.heldByteCount <= 256 * 72)
    }
}
