// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The table of live streams against a dictionary.
@Suite struct StreamTableTests {
    /// Which identifiers the streams have.
    enum Shape: CaseIterable, Sendable {
        /// 1, 3, 5 …, as clients number them.
        case clustered
        /// With random gaps, up to 2^31-1.
        case spread
        /// Multiples of 65,536, plus 1: equal in their low bits.
        case strided
        /// Clusters far from each other.
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

    /// Records as a connection makes them, by opening those streams.
    private func records(_ identifiers: [UInt32]) throws -> [UInt32: StreamRecord] {
        let connection = H2Connection(.client)
        try connection.initiateConnection()
        for id in identifiers { try connection.sendHeaders(.sampleRequest, on: H2StreamID(id)) }
        connection.clearOutboundDataBuffer()
        return Dictionary(uniqueKeysWithValues: connection.streams.records.map { ($0.id, $0) })
    }

    @Test("20,000 random operations agree with a dictionary", arguments: Shape.allCases)
    func agreesWithADictionary(shape: Shape) throws {
        let identifiers = shape.identifiers(1_500)
        let pool = try records(identifiers)
        try #require(pool.count == identifiers.count)
        var generator = SplitMix(seed: 20_260_101)
        var table = StreamTable()
        var model: [UInt32: Int] = [:]
        // Mostly insertions first and mostly removals later, so that it grows, shrinks and is emptied.
        for step in 0..<20_000 {
            let id = identifiers[Int.random(in: 0..<identifiers.count, using: &generator)]
            let wantsMore = Int.random(in: 0..<20_000, using: &generator) > step
            let slot = table.find(id)
            #expect((slot != nil) == (model[id] != nil))
            if let slot {
                #expect(table[slot].id == id && table[slot].sendWindow == model[id])
                if wantsMore {
                    table[slot].sendWindow = step
                    model[id] = step
                } else {
                    table.remove(at: slot)
                    model[id] = nil
                    #expect(table.find(id) == nil)
                }
            } else if wantsMore {
                var record = try #require(pool[id])
                record.sendWindow = step
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
        let found = table.records.map { ($0.id, $0.sendWindow) }
        #expect(found.count == model.count)
        #expect(Dictionary(found) { first, _ in first } == model)
        #expect(
            model.allSatisfy { id, value in table.find(id).map { table[$0].sendWindow } == value })
    }

    @Test("forEach changes each record once, and moves none")
    func forEachChangesAll() throws {
        let identifiers = Shape.spread.identifiers(1_000)
        var table = StreamTable()
        for record in try records(identifiers).values { table.insert(record) }
        let slots = identifiers.map { table.find($0) }
        var visited: [UInt32: Int] = [:]
        table.forEach {
            visited[$0.id, default: 0] += 1
            $0.sendWindow -= Int($0.id)
        }
        #expect(visited.count == identifiers.count && visited.values.allSatisfy { $0 == 1 })
        #expect(identifiers.map { table.find($0) } == slots)
        for id in identifiers {
            let found = table.find(id)
            let slot = try #require(found)
            #expect(table[slot].sendWindow == 65_535 - Int(id))
        }
    }

    @Test("growing keeps every record")
    func growing() throws {
        let identifiers = Shape.islands.identifiers(5_000)
        let pool = try records(identifiers)
        var table = StreamTable()
        for (index, id) in identifiers.enumerated() {
            table.insert(try #require(pool[id]))
            #expect(table.count == index + 1)
        }
        #expect(identifiers.allSatisfy { id in table.find(id).map { table[$0].id } == id })
    }

    @Test("an empty table finds nothing, before the first stream and after the last")
    func empty() throws {
        var table = StreamTable()
        #expect(table.find(1) == nil && table.count == 0)
        table.forEach { _ in Issue.record("there is no record") }
        #expect(Array(table.records).isEmpty)
        let record = try #require(try records([1])[1])
        table.remove(at: table.insert(record))
        #expect(table.find(1) == nil && table.count == 0 && Array(table.records).isEmpty)
        table.insert(record)
        #expect(table.find(1) != nil && table.find(3) == nil && table.count == 1)
    }
}
