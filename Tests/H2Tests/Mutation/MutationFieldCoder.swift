// SPDX-License-Identifier: MIT

import H2TestSupport

/// Encodes field blocks as a peer that uses its compression table, RFC 7541 §4: if the library does
/// not decode a block, it decodes later blocks wrongly.
struct MutationFieldCoder {
    typealias Field = (name: String, value: String)

    /// The fields of the table, the newest first, as in the decoder.
    private(set) var table: [Field] = []
    private var size = 0
    /// The table size that the decoder allows, in bytes.
    private var limit = 4_096
    /// The table size that is in use.
    private var maximum = 4_096
    /// The lowest limit since the last field block, if the table had to shrink.
    private var lowest: Int?

    /// Applies the table size that the decoder allows from now on.
    mutating func change(limit: Int) {
        self.limit = limit
        guard limit < maximum else { return }
        maximum = limit
        lowest = min(lowest ?? limit, limit)
        evict()
    }

    /// Encodes a field block, each field in a random representation.
    mutating func block(_ fields: [Field], _ random: inout SplitMix) -> [UInt8] {
        var encoder = HPACKEncoder()
        if let lowest { encoder.sizeUpdate(lowest) }
        lowest = nil
        if maximum < limit, random.chance(20) {
            maximum = min(limit, 4_096)
            encoder.sizeUpdate(maximum)
        }
        for field in fields { write(field, &encoder, &random) }
        return encoder.bytes
    }

    /// Encodes a field block with a list of at least `listSize` bytes in few bytes: one large
    /// field, repeated.
    mutating func bomb(_ listSize: Int, _ random: inout SplitMix) -> [UInt8] {
        var encoder = HPACKEncoder()
        if let lowest { encoder.sizeUpdate(lowest) }
        lowest = nil
        let value = String(repeating: "b", count: max(0, min(2_000, maximum - 40)))
        encoder.literal("bomb", value, .incremental)
        add(("bomb", value))
        for _ in 0...(listSize / (value.utf8.count + 36)) {
            if table.isEmpty { encoder.literal("bomb", value) } else { encoder.indexed(62) }
        }
        return encoder.bytes
    }

    private mutating func write(
        _ field: Field, _ encoder: inout HPACKEncoder, _ random: inout SplitMix
    ) {
        let huffman = random.chance(20)
        if let index = table.firstIndex(where: { $0 == field }), !random.chance(10) {
            return encoder.indexed(62 + index)
        }
        let way = random.below(10)
        let indexing: HPACKEncoder.Indexing =
            way < 5 ? .incremental : way < 9 ? .without : .never
        if let index = table.firstIndex(where: { $0.name == field.name }), random.chance(50) {
            encoder.literal(
                nameIndex: 62 + index, value: Array(field.value.utf8), indexing, huffman: huffman)
        } else {
            encoder.literal(field.name, field.value, indexing, huffman: huffman)
        }
        if indexing == .incremental { add(field) }
    }

    private mutating func add(_ field: Field) {
        table.insert(field, at: 0)
        size += field.name.utf8.count + field.value.utf8.count + 32
        evict()
    }

    private mutating func evict() {
        while size > maximum, let oldest = table.popLast() {
            size -= oldest.name.utf8.count + oldest.value.utf8.count + 32
        }
    }
}
