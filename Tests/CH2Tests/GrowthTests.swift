// SPDX-License-Identifier: MIT

import CH2Exports
import H2
import Testing

/// Tests a structure that gained a member after its first release, with older and newer headers.
/// `h2_config` did: ConfigurationTests tests it with its first size.
@Suite struct GrowthTests {
    /// The structure as this library declares it.
    private struct Known: BitwiseCopyable {
        var size = 0
        var first = Int64(0)
        var later = Int64(0)
    }

    /// The size of `Known` when it was first published: without `later`.
    private static let firstSize = 16
    private static let knownSize = 24
    private static let defaults = Known(size: 0, first: 7, later: 8)

    /// Calls `body` with a program's structure: its size, then `numbers`. The allocation has just
    /// this size, so that the address sanitizer finds an access beyond it.
    private func program<R>(
        _ numbers: [Int64], _ body: (UnsafeMutablePointer<Known>) throws -> R
    ) rethrows -> (numbers: [Int64], result: R) {
        let size = 8 + 8 * numbers.count
        let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { raw.deallocate() }
        raw.storeBytes(of: size, as: Int.self)
        for (index, number) in numbers.enumerated() {
            raw.storeBytes(of: number, toByteOffset: 8 + 8 * index, as: Int64.self)
        }
        let result = try body(raw.assumingMemoryBound(to: Known.self))
        #expect(raw.load(as: Int.self) == size)
        let left = numbers.indices.map { raw.load(fromByteOffset: 8 + 8 * $0, as: Int64.self) }
        return (left, result)
    }

    private func read(_ numbers: [Int64]) throws -> Known {
        try program(numbers) {
            try VersionedStruct.read($0, firstSize: Self.firstSize, defaults: Self.defaults)
        }.result
    }

    private func written(to numbers: [Int64]) -> [Int64] {
        program(numbers) { structure in
            VersionedStruct.write(
                Known(size: 0, first: 1, later: 2), size: 8 + 8 * numbers.count, to: structure)
        }.numbers
    }

    @Test("a member missing in an older program's structure keeps its default")
    func olderInput() throws {
        let value = try read([1])
        #expect(value.first == 1)
        #expect(value.later == 8)
    }

    @Test("a program with the same header sets all members")
    func sameInput() throws {
        let value = try read([1, 0])
        #expect(value.first == 1)
        #expect(value.later == 0)
    }

    @Test("members known only to a newer program must be 0")
    func newerInput() throws {
        #expect(try read([1, 2, 0, 0]).later == 2)
        for index in 2..<5 {
            var numbers: [Int64] = [1, 2, 0, 0, 0]
            numbers[index] = 1 << 56
            #expect { try read(numbers) } throws: { error in
                (error as? H2Error)?.kind == .invalidArgument
            }
        }
    }

    @Test("an older program gets its members, a newer one gets 0 for unknown members")
    func output() {
        #expect(written(to: [-1]) == [1])
        #expect(written(to: [-1, -1]) == [1, 2])
        #expect(written(to: [-1, -1, -1, -1]) == [1, 2, 0, 0])
    }

    @Test(
        "valid sizes are multiples of 8 from the first published size to 4,096",
        arguments: [
            (Int.min, false), (-1, false), (0, false), (8, false), (15, false), (16, true),
            (17, false), (20, false), (24, true), (32, true), (4_096, true), (4_104, false),
            (Int.max, false),
        ])
    func sizes(size: Int, isPossible: Bool) {
        #expect(VersionedStruct.isPossible(size, firstSize: Self.firstSize) == isPossible)
        var known = Known(size: size)
        let told = try? VersionedStruct.size(of: &known, firstSize: Self.firstSize)
        #expect(told == (isPossible ? size : nil))
    }
}
