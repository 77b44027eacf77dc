// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Field blocks that HPACK cannot decode, each with a valid twin.
enum FieldBlockAttacks {
    static let cases: [AttackCase] =
        (overflows + others).map { name, block, twin in
            AttackCase(
                name, .goAway(.protocolViolation, .compressionError),
                off: .twin { try $0.step(FrameBuilder.headers(1, block: twin)) }, .uncheckedServer
            ) { try $0.step(FrameBuilder.headers(1, block: block)) }
        }

    private typealias Block = (name: String, block: [UInt8], twin: [UInt8])

    private static let text = [UInt8](repeating: 0x61, count: 127)
    /// 127 bytes of Huffman code: each zero is five 0 bits, and the rest is padded with ones.
    private static let coded = [UInt8](repeating: 0, count: 126) + [1]

    /// The places of integers, with all bits of the prefix set, and a valid value in that place.
    private static let places: [Block] = [
        ("index", [0xff], [0xbd]),
        ("name index, indexed", [0x7f], [0x7d, 0x00]),
        ("name index, not indexed", [0x0f], [0x0f, 0x2e, 0x00]),
        ("name index, never indexed", [0x1f], [0x1f, 0x2e, 0x00]),
        ("table size", [0x3f], [0x3f, 0xe1, 0x1f]),
        ("name length", [0x40, 0x7f], [0x40, 0x7f, 0x00] + text + [0x00]),
        ("coded name length", [0x40, 0xff], [0x40, 0xff, 0x00] + coded + [0x00]),
        ("value length", [0x41, 0x7f], [0x41, 0x7f, 0x00] + text),
        ("coded value length", [0x41, 0xff], [0x41, 0xff, 0x00] + coded),
    ]

    /// Integers of more than 32 bits, RFC 7541 §5.1, or unterminated ones.
    private static let tails: [(name: String, bytes: [UInt8])] = [
        ("4 bytes, no end", [0xff, 0xff, 0xff, 0xff]),
        ("28 bits", [0xff, 0xff, 0xff, 0x7f]),
        ("32 bits", [0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("35 bits", [0xff, 0xff, 0xff, 0xff, 0x7f]),
        ("64 bits", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ("70 bits", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
    ]

    private static let overflows: [Block] = places.flatMap { place in
        tails.map { ("\(place.name) of \($0.name)", place.block + $0.bytes, place.twin) }
    }

    private static let others: [Block] = [
        ("index 0", [0x80], [0x81]),
        ("index beyond the table", [0xbe], [0xbd]),
        ("name index beyond the table, indexed", [0x7e, 0x00], [0x7d, 0x00]),
        ("name index beyond the table, not indexed", [0x0f, 0x2f, 0x00], [0x0f, 0x2e, 0x00]),
        ("name index beyond the table, never indexed", [0x1f, 0x2f, 0x00], [0x1f, 0x2e, 0x00]),
        ("table larger than announced", [0x3f, 0xe2, 0x1f], [0x3f, 0xe1, 0x1f]),
        ("table size update after a field", [0x82, 0x20], [0x20, 0x82]),
        ("evicted entry", [0x40, 0x00, 0x00, 0x20, 0xbe], [0x40, 0x00, 0x00, 0xbe]),
        ("string longer than the block", [0x41, 0x05, 0x61], [0x41, 0x01, 0x61]),
        ("missing string", [0x40], [0x40, 0x00, 0x00]),
        ("EOS in a string", [0x41, 0x84, 0xff, 0xff, 0xff, 0xff], [0x41, 0x81, 0x07]),
        ("string padded with zeros", [0x41, 0x81, 0x00], [0x41, 0x81, 0x07]),
        ("string padded with a whole byte", [0x41, 0x82, 0x07, 0xff], [0x41, 0x82, 0x00, 0x3f]),
    ]
}
