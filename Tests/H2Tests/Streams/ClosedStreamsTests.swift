// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The record of how streams ended.
@Suite struct ClosedStreamsTests {
    static let reasons: [CloseReason] = [
        .sentEndStream, .receivedEndStream, .sentReset, .receivedReset,
    ]

    /// Opens a stream and closes it immediately.
    private func use(_ id: UInt32, _ reason: CloseReason, _ memory: inout ClosedStreams) {
        memory.open(id)
        memory.close(id, reason)
    }

    @Test("with random gaps, the last streams within the capacity are remembered")
    func skippedAtRandom() {
        for capacity in [64, 256] {
            var random = SplitMix(seed: UInt64(capacity))
            for _ in 0..<300 {
                var memory = ClosedStreams(capacity: capacity)
                var known: [UInt32: CloseReason] = [:]
                var id: UInt32 = 1
                for _ in 0..<40 {
                    let reason = Self.reasons.randomElement(using: &random) ?? .sentReset
                    use(id, reason, &memory)
                    known[id] = reason
                    let lowest = Int(id) - 2 * capacity
                    for old in stride(from: max(1, lowest + 2), through: Int(id), by: 2) {
                        #expect(memory.closeReason(of: UInt32(old)) == known[UInt32(old)])
                    }
                    id += 2 * UInt32.random(in: 1...UInt32(capacity + 3), using: &random)
                }
            }
        }
    }

    @Test("a new record contains no stream")
    func empty() {
        let memory = ClosedStreams()
        #expect(memory.highest == 0)
        for id: UInt32 in [0, 1, 2, 3, 65_536, 0x7fff_ffff] {
            #expect(memory.closeReason(of: id) == nil)
        }
        #expect(memory.heldByteCount == 0)
    }

    @Test(
        "each way to end is recorded, for the identifiers of either side",
        arguments: [1, 2] as [UInt32])
    func allWays(first: UInt32) {
        var memory = ClosedStreams()
        for (index, reason) in Self.reasons.enumerated() {
            use(first + UInt32(index) * 2, reason, &memory)
        }
        #expect(memory.highest == first + 6)
        for (index, reason) in Self.reasons.enumerated() {
            #expect(memory.closeReason(of: first + UInt32(index) * 2) == reason)
        }
        #expect(memory.closeReason(of: first + 8) == nil)
    }

    @Test("§5.4.2: a late frame is answered once per stream, and not after RST_STREAM")
    func answers() {
        var memory = ClosedStreams()
        for (index, reason) in Self.reasons.enumerated() {
            use(1 + UInt32(index) * 2, reason, &memory)
        }
        use(21, .sentEndStream, &memory)
        for (index, reason) in Self.reasons.enumerated() {
            let id = 1 + UInt32(index) * 2
            let twice = [memory.answer(id), memory.answer(id)]
            #expect(twice == [reason != .sentReset, false])
            #expect(memory.closeReason(of: id) == reason)
        }
        // A skipped stream, and the one that shares its byte.
        let skipped = [memory.answer(11), memory.answer(11)]
        #expect(skipped == [true, false] && memory.closeReason(of: 11) == nil)
        let neighbours = [memory.answer(9), memory.answer(13)]
        #expect(neighbours == [true, true])
        let before = [memory.answer(21), memory.answer(21)]
        #expect(before == [true, false])
        // The later stream that uses the same slot was not answered.
        use(21 + 131_072, .receivedReset, &memory)
        let after = [memory.answer(21 + 131_072), memory.answer(21 + 131_072)]
        #expect(after == [true, false])
    }

    @Test("a forgotten stream is answered each time")
    func forgottenIsAnswered() {
        var memory = ClosedStreams(capacity: 64)
        use(1, .sentReset, &memory)
        use(1_001, .sentReset, &memory)
        let answers = [memory.answer(1), memory.answer(1), memory.answer(1_001)]
        #expect(answers == [true, true, false])
    }

    @Test("an open stream has no close reason")
    func stillOpen() {
        var memory = ClosedStreams()
        memory.open(1)
        memory.open(3)
        memory.close(1, .sentReset)
        #expect(memory.closeReason(of: 1) == .sentReset && memory.closeReason(of: 3) == nil)
        memory.close(3, .receivedReset)
        #expect(
            memory.closeReason(of: 1) == .sentReset && memory.closeReason(of: 3) == .receivedReset)
    }

    @Test("skipped streams have no close reason")
    func skipped() {
        var memory = ClosedStreams()
        use(5, .sentEndStream, &memory)
        use(105, .sentReset, &memory)
        for id: UInt32 in stride(from: 1, through: 111, by: 2) {
            let expected: CloseReason? = id == 5 ? .sentEndStream : id == 105 ? .sentReset : nil
            #expect(memory.closeReason(of: id) == expected, "\(id)")
        }
    }

    @Test("the last 65,536 streams are remembered, and earlier ones are not")
    func horizon() {
        var memory = ClosedStreams()
        let count = UInt32(memory.capacity)
        #expect(count == 65_536)
        func reason(_ index: UInt32) -> CloseReason { Self.reasons[Int(index % 4)] }
        for index in 0..<count { use(index * 2 + 1, reason(index), &memory) }
        #expect((0..<count).allSatisfy { memory.closeReason(of: $0 * 2 + 1) == reason($0) })
        use(count * 2 + 1, .sentReset, &memory)
        #expect(memory.closeReason(of: 1) == nil)
        #expect((1..<count).allSatisfy { memory.closeReason(of: $0 * 2 + 1) == reason($0) })
    }

    @Test("the capacity is as requested, rounded up to a power of two, and at least 64")
    func ownHorizon() {
        for (wanted, capacity) in [(-1, 64), (0, 64), (64, 64), (65, 128), (1_000, 1_024)] {
            var memory = ClosedStreams(capacity: wanted)
            #expect(memory.capacity == capacity)
            for index in 0...UInt32(capacity) { use(index * 2 + 1, .sentReset, &memory) }
            #expect(memory.closeReason(of: 1) == nil)
            #expect((1...UInt32(capacity)).allSatisfy { memory.closeReason(of: $0 * 2 + 1) != nil })
            #expect(memory.heldByteCount <= capacity / 2)
        }
    }

    @Test("random gaps give the same results as a dictionary, after many turns of the ring")
    func matchesDictionary() {
        let runs: [(maxGap: UInt32, steps: Int)] = [
            (1, 70_000), (3, 40_000), (300, 1_500), (20_000, 60), (140_000, 40),
        ]
        for (maxGap, steps) in runs {
            var generator = SplitMix(seed: UInt64(maxGap))
            var memory = ClosedStreams()
            var model: [UInt32: CloseReason] = [:]
            var id = UInt32(1)
            for step in 0..<steps {
                id += 2 * UInt32.random(in: 1...maxGap, using: &generator)
                guard id <= 0x7fff_ffff else { break }
                let reason = Self.reasons.randomElement(using: &generator) ?? .sentReset
                memory.open(id)
                if step % 5 != 0 {
                    memory.close(id, reason)
                    model[id] = reason
                }
                for _ in 0..<4 {
                    let back = UInt32.random(in: 0...min(id / 2, 70_000), using: &generator)
                    let old = id - back * 2
                    #expect(memory.closeReason(of: old) == (back < 65_536 ? model[old] : nil))
                }
            }
            let last = memory.highest
            for (old, reason) in model where (last - old) / 2 < 65_536 {
                #expect(memory.closeReason(of: old) == reason)
            }
            #expect(memory.heldByteCount <= 32_768)
        }
    }

    @Test("§5.1.1: a jump of any width forgets only the streams out of reach")
    func jumps() {
        let jumps: [UInt32] = [2, 128, 65_534, 131_070, 131_072, 131_074, 1 << 20, 0x7fff_fffc]
        for jump in jumps {
            var memory = ClosedStreams()
            use(1, .sentEndStream, &memory)
            use(3, .sentReset, &memory)
            use(3 + jump, .receivedReset, &memory)
            #expect(memory.highest == 3 + jump)
            #expect(memory.closeReason(of: 3 + jump) == .receivedReset)
            #expect(memory.closeReason(of: 3) == (jump / 2 < 65_536 ? .sentReset : nil), "\(jump)")
            #expect(memory.closeReason(of: 1) == (jump / 2 + 1 < 65_536 ? .sentEndStream : nil))
            // A reused slot has no close reason for the skipped streams.
            let between: [UInt32] = [5, 1 + jump, jump / 2 | 1, jump &- 131_069, jump &- 131_071]
            for id in between where id > 3 && id < 3 + jump && id & 1 == 1 {
                #expect(memory.closeReason(of: id) == nil, "\(id) of \(jump)")
            }
        }
    }

    @Test("a stream that outlives 65,536 later ones does not affect their records")
    func longLived() {
        var memory = ClosedStreams()
        memory.open(1)
        // Stream 131,073 uses the slot of stream 1. First it ended, then it is skipped.
        for id: UInt32 in stride(from: 3, through: 131_073, by: 2) { use(id, .sentReset, &memory) }
        memory.close(1, .receivedEndStream)
        #expect(memory.closeReason(of: 131_073) == .sentReset)
        #expect(memory.closeReason(of: 1) == nil)

        var other = ClosedStreams()
        other.open(1)
        use(131_075, .sentReset, &other)
        other.close(1, .receivedEndStream)
        #expect(other.closeReason(of: 131_073) == nil)
        #expect(other.closeReason(of: 131_075) == .sentReset)
    }

    @Test("streams skipped by a large gap do not count as forgotten")
    func skippedByLargeGap() {
        var memory = ClosedStreams()
        use(1, .sentReset, &memory)
        use(13, .sentReset, &memory)
        use(10_748_441, .sentReset, &memory)
        #expect(memory.isForgotten(1) && memory.isForgotten(13))
        for id: UInt32 in [15, 17, 5_000_001, 10_748_439] {
            #expect(!memory.isForgotten(id) && memory.closeReason(of: id) == nil)
        }
        for id: UInt32 in stride(from: 10_748_443, to: 10_900_000, by: 2) {
            use(id, .sentReset, &memory)
        }
        #expect(memory.isForgotten(10_748_441) && !memory.isForgotten(15))
    }

    @Test("the record uses at most 32 KiB, and little for few streams")
    func memoryBound() {
        var memory = ClosedStreams()
        for id: UInt32 in stride(from: 1, to: 200, by: 2) { use(id, .sentEndStream, &memory) }
        #expect(memory.heldByteCount <= 128)
        for id: UInt32 in stride(from: 201, to: 600_000, by: 2) {
            use(id, .sentEndStream, &memory)
        }
        #expect(memory.heldByteCount == 32_768)
        use(0x7fff_ffff, .sentReset, &memory)
        #expect(memory.heldByteCount <= 32_768)
        #expect(memory.closeReason(of: 0x7fff_ffff) == .sentReset)
        #expect(memory.closeReason(of: 599_999) == nil)
    }
}
