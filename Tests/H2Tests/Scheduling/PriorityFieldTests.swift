// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The value of the `priority` field, RFC 9218 §4, in the syntax of RFC 9651.
@Suite struct PriorityFieldTests {
    private static let server = H2Configuration.server.with { $0.priorities = .extensible }

    /// A value, and the priority that it means: the urgency, and `i` if it is incremental.
    struct Row: Sendable, CustomTestStringConvertible {
        let value: [UInt8]
        let urgency: Int
        let isIncremental: Bool

        init(_ value: String, _ urgency: Int = 3, _ isIncremental: Bool = false) {
            self.init(Array(value.utf8), urgency, isIncremental)
        }

        init(_ value: [UInt8], _ urgency: Int = 3, _ isIncremental: Bool = false) {
            self.value = value
            self.urgency = urgency
            self.isIncremental = isIncremental
        }

        var testDescription: String { String(decoding: value, as: UTF8.self) }
    }

    /// Each value is a dictionary.
    static let valid: [Row] = [
        Row(""), Row(" "), Row("   "), Row("u=0", 0), Row("u=1", 1), Row("u=2", 2), Row("u=3", 3),
        Row("u=4", 4), Row("u=5", 5), Row("u=6", 6), Row("u=7", 7), Row("i", 3, true),
        Row("i=?1", 3, true), Row("i=?0"), Row("u=0, i", 0, true), Row("i,u=0", 0, true),
        Row("u=0 \t,\t i", 0, true), Row("  u=5,i  ", 5, true), Row("u=5\t", 5),
        // The last of equal keys counts, even if it has the wrong type or is out of range.
        Row("u=1,u=2", 2), Row("u=1,u=8", 3), Row("u=1, u=?1"), Row("i, i=?0"),
        Row("i=?0, i", 3, true),
        Row("i, i=1"),
        // Out of range or of the wrong type: the default, and the other member still counts.
        Row("u=8, i", 3, true), Row("u=-1, i", 3, true), Row("u=-0", 0), Row("u=007", 7),
        Row("u=999999999999999, i", 3, true), Row("u=-999999999999999, i", 3, true),
        Row("u=1.0, i", 3, true), Row("u=-1.5"), Row("u=123456789012.123, i", 3, true),
        Row("u, i", 3, true), Row("u=?1, i", 3, true), Row("u=\"1\", i", 3, true),
        Row("u=a, i", 3, true), Row("u=(1 2), i", 3, true), Row("u=:AQ==:, i", 3, true),
        Row("u=@1, i", 3, true), Row("u=%\"1\", i", 3, true), Row("i=1, u=2", 2),
        Row("i=(), u=2", 2), Row("i=a, u=2", 2), Row("i=\"?1\", u=2", 2),
        // Parameters do not matter.
        Row("u=1;a", 1), Row("u=1;a=b;c=2.5;  d=\"x\";e=?0", 1), Row("i;u=5", 3, true),
        Row("i=?1;q", 3, true), Row("u=2;u=5, i;i=?0", 2, true), Row("u=(1;a=1 2);b, i", 3, true),
        // Other members do not matter.
        Row("a, u=2", 2), Row("*=1, u=2", 2), Row("*, u=2", 2), Row("a_-.*9=1, u=2", 2),
        Row("uu=1, u=2, iu", 2), Row("ui=?1"), Row("x=(a \"b\" 1 2.0 ?1 :YQ==: @5 %\"c\"), u=2", 2),
        Row("x=(  ), u=2", 2), Row("x=( 1  2 ), u=2", 2), Row("x=(1;b=(, u=2"),
        Row("x=a/b:c!#$%&'*+-.^_`|~9, u=2", 2), Row("x=*a, u=2", 2), Row("x=Az, u=2", 2),
        Row("x=\"a, u=1\\\"\\\\\", u=2", 2), Row("x=\"\", u=2", 2),
        Row("x=::, u=2", 2), Row("x=:YWI:, u=2", 2), Row("x=:YWI=:, u=2", 2),
        Row("x=:+/+/:, u=2", 2),
        Row("x=@-5, u=2", 2), Row("x=@0;a, u=2", 2),
        Row("x=%\"a%c3%bc, u=1\", u=2", 2), Row("x=%\"\", u=2", 2), Row("x=%\"%22%25\", u=2", 2),
    ]

    /// Each value is malformed as a whole, so that both members have their defaults, although an
    /// implementation that only searched for `u=1` or `i` would find them.
    static let malformed: [Row] = [
        "u=1,", "u=1, i,", "u=1,,i", ",u=1", "u=1 i", "u=1;", "u=1; ", "u=1;=2", "u=1;A", "u=1;a=",
        "u=", "u= 1", "u =1", "u=1, i=", "U=1, i", "u=1, I", "u=1, 1", "u=1, -", "u=1, =", "u=1, é",
        "\tu=1", "u=1\n", "u=1, i\u{0}", "u=--1, i", "u=-, i", "u=+1, i", "u=.5, i", "u=1., i",
        "u=1.2345, i", "u=1.2.3, i", "u=1234567890123456, i", "u=1234567890123.1, i",
        "u=-1234567890123456, i", "u=1e1, i", "i=?2, u=1", "i=?, u=1", "i=?10, u=1", "i=? 1, u=1",
        "i=true?, u=1 1", "u=1, x=\"a", "u=1, x=\"a\\", "u=1, x=\"\\a\"", "u=1, x=\"\u{7f}\"",
        "u=1, x=\"é\"", "u=1, x=\"\n\"", "u=1, x=(1", "u=1, x=(1,2)", "u=1, x=(1\t2)",
        "u=1, x=(1 2",
        "u=1, x=((1))", "u=1, x=)", "u=1, x=(1)2", "u=1, x=(1\"a\")", "u=1, x=:YQ==",
        "u=1, x=:Y Q:", "u=1, x=:Y-Q_:", "u=1, x=:=YQ:", "u=1, x=:YQ=a:", "u=1, x=:Y:",
        "u=1, x=:YQ===:", "u=1, x=:YQ=:", "u=1, x=:=:", "u=1, x=@", "u=1, x=@1.5", "u=1, x=@a",
        "u=1, x=%", "u=1, x=%a", "u=1, x=%\"a", "u=1, x=%\"%\"", "u=1, x=%\"%4\"",
        "u=1, x=%\"%C3%BC\"", "u=1, x=%\"%c3\"", "u=1, x=%\"é\"", "u=1, x=%\"%g0\"", "u=1, x={}",
        "u=1, x=é", "u=1 ;a=1", "u=1, i;a b", "(u=1)", "\"u=1\"", "u=1;a=(1)", "u=1\u{b}",
    ].map { Row($0) }

    private static let invalidUTF8: [Row] = [
        Row([0xff]), Row(Array("u=1, x=\"".utf8) + [0xc3, 0x22]), Row(Array("u=1".utf8) + [0x80]),
    ]

    @Test("in PRIORITY_UPDATE", arguments: [valid, malformed, invalidUTF8])
    func update(_ rows: [Row]) throws {
        let peer = try QueueingServer.peer([1], Self.server)
        for row in rows {
            let other: H2ExtensiblePriority = .init(
                urgency: 7 - row.urgency, isIncremental: !row.isIncremental)
            try peer.connection.setSendPriority(other, on: 1)
            let events = try peer.receive(FrameBuilder.priorityUpdate(1, row.value))
            let expected = H2ExtensiblePriority(
                urgency: row.urgency, isIncremental: row.isIncremental)
            #expect(
                events == [.priorityUpdateReceived(.init(streamID: 1, priority: expected))],
                "\(row.testDescription)")
        }
    }

    @Test("in the field of a request", arguments: [valid, malformed])
    func field(_ rows: [Row]) throws {
        // For each urgency, a stream that is not incremental and one that is. Their identifiers are
        // lower than that of the tested stream.
        let references = (0..<16).map { UInt32($0) * 2 + 1 }
        let peer = try QueueingServer.peer(
            references, Self.server.with { $0.limits = .unlimited }, streamWindow: 1 << 30,
            connectionWindow: 1 << 30)
        for index in 0..<16 {
            try peer.connection.setSendPriority(
                .init(urgency: index / 2, isIncremental: index % 2 == 1),
                on: H2StreamID(references[index]))
        }
        var id: UInt32 = 101
        for row in rows where row.isFieldValue {
            var request = H2Headers.sampleRequest
            request.append(.priority, row.value)
            try peer.receive(FrameBuilder.headers(id, block: request.block, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            peer.sent()
            for reference in references {
                try peer.connection.enqueueData([1], on: H2StreamID(reference))
            }
            try peer.connection.enqueueData([1], on: H2StreamID(id), endStream: true)
            let position = peer.sent().firstIndex { $0.streamID == id }
            let expected = row.urgency * 2 + (row.isIncremental ? 1 : 0) + 1
            #expect(position == expected, "\(row.testDescription)")
            id += 2
        }
    }

    @Test("a value that is cut off anywhere causes no crash")
    func prefixes() throws {
        let peer = try QueueingServer.peer([1], Self.server)
        let value = Array(
            "u=1;a=\"b\\\"\";c=:YQ==:, x=(1.5 %\"%c3%bc\" @-1 ?0 *t), i=?1, u=2".utf8)
        for count in 0...value.count {
            #expect(
                try peer.receive(FrameBuilder.priorityUpdate(1, Array(value.prefix(count)))).count
                    == 1)
        }
    }

    @Test("random bytes cause no crash, and usually mean the default")
    func random() throws {
        let peer = try QueueingServer.peer([1], Self.server.with { $0.limits = .unlimited })
        var random = SplitMix(seed: 9)
        let alphabet = Array("ui=?01,;( )\":@%.-*a\t\\".utf8) + [0, 0x80, 0xff]
        for _ in 0..<5_000 {
            let value = (0..<random.below(12)).map { _ in random.pick(alphabet) }
            #expect(try peer.receive(FrameBuilder.priorityUpdate(1, value)).count == 1)
        }
    }

    @Test("the value that sendPriorityUpdate writes means the same priority", arguments: 0..<8)
    func written(_ urgency: Int) throws {
        for isIncremental in [false, true] {
            let priority = H2ExtensiblePriority(urgency: urgency, isIncremental: isIncremental)
            let client = try Peer(.client).connection
            try client.sendPriorityUpdate(priority, on: 1)
            let peer = try Peer(Self.server)
            #expect(
                try peer.receive(client.dataToSend()) == [
                    .priorityUpdateReceived(.init(streamID: 1, priority: priority))
                ])
        }
    }

    @Test("a value of more than 1,024 bytes has the defaults, whether in one line or in several")
    func length() throws {
        for (length, urgency) in [(1_024, 1), (1_025, 3), (16_380, 3)] {
            let value = "u=1" + String(repeating: ",a", count: (length - 3) / 2)
            let padded = value + String(repeating: " ", count: length - value.utf8.count)
            let peer = try QueueingServer.peer([1], Self.server)
            #expect(
                try peer.receive(FrameBuilder.priorityUpdate(1, padded)) == [
                    .priorityUpdateReceived(
                        .init(streamID: 1, priority: .init(urgency: urgency)))
                ])
            // The lines are joined by a comma and a space.
            let rest =
                String(repeating: "a,", count: (length - 6) / 2) + (length % 2 == 0 ? "a" : "aa")
            for lines in [[value], ["u=1", rest]] {
                try expectFirst(urgency == 1, lines)
            }
        }
    }

    /// Expects that a request with these field lines is more urgent than the default, or is not.
    private func expectFirst(_ isFirst: Bool, _ lines: [String]) throws {
        let peer = try QueueingServer.peer([1], Self.server)
        var request = H2Headers.sampleRequest
        for line in lines { request.append(.priority, line) }
        try peer.receive(
            FrameBuilder.split(3, block: request.block, every: 16_000, endStream: true))
        try peer.connection.sendHeaders(.sampleResponse, on: 3)
        peer.sent()
        for id: H2StreamID in [1, 3] { try peer.connection.enqueueData([1], on: id) }
        #expect(peer.outline() == (isFirst ? ["3: 1", "1: 1"] : ["1: 1", "3: 1"]))
    }
}

extension PriorityFieldTests.Row {
    /// Whether a field can have this value: no control characters, and no white space at the ends.
    fileprivate var isFieldValue: Bool {
        value.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 }
            && ![9, 32].contains(value.first ?? 0) && ![9, 32].contains(value.last ?? 0)
    }
}
