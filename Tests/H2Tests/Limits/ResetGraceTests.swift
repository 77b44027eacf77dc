// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ResetGraceTests {
    @Test("DATA is excused up to the rest of the window; an empty frame costs 64 bytes")
    func data() {
        var grace = ResetGrace()
        let early = grace.takeData(0)
        grace.add(window: 10, sections: 0)
        // 74 bytes: the window, and 64 for an empty frame, which needs no window.
        let taken = [7, 70, 0, 3, 0].map { grace.takeData($0) }
        #expect(early == nil && taken == [.peer, nil, .peer, .peer, nil])
        #expect(grace.peerBytes == 0)
    }

    @Test("one empty frame is excused after a reset even if no window was left")
    func noWindow() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 0)
        let taken = [0, 0].map { grace.takeData($0) }
        #expect(taken == [.peer, nil])
    }

    @Test("late DATA first uses up what resets by the program excuse")
    func causes() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 0)
        grace.add(window: 0, sections: 0, .program)
        let taken = [0, 0, 0].map { grace.takeData($0) }
        #expect(taken == [.program, .peer, nil])
    }

    @Test("after resets that the peer caused, two connection windows and 64 KiB are excused")
    func maxBytes() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 65_535, sections: 0) }
        #expect(grace.peerBytes == 2 * 65_535 + 65_536)
    }

    @Test(
        "after resets by the program, one small frame per byte of two windows is excused")
    func maxSmallFrames() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 65_535, sections: 0, .program) }
        let taken = (0..<140_000).count { _ in grace.takeData(1) == .program }
        #expect(taken == 2 * 65_535)
        #expect(grace.takeData(63) == nil)
        #expect(grace.takeData(64) == .program)
        #expect(grace.programBytes == 1_000 * (65_535 + 64) - taken - 64)
    }

    @Test("as many header sections are excused as were added")
    func sections() {
        var grace = ResetGrace()
        let early = grace.takeSection()
        grace.add(window: 0, sections: 1)
        grace.add(window: 0, sections: 2)
        let taken = (0..<4).map { _ in grace.takeSection() }
        #expect(!early && taken == [true, true, true, false])
    }

    @Test("at most 2,048 header sections are excused at a time")
    func maxSections() {
        var grace = ResetGrace()
        for _ in 0..<100 { grace.add(window: 0, sections: 32) }
        #expect(grace.sections == 2_048)
        let isTaken = grace.takeSection()
        grace.add(window: 0, sections: 2)
        #expect(isTaken && grace.sections == 2_048)
    }

    @Test("if many streams were open, 8 header sections are excused for each")
    func manyStreams() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 0, sections: 32, streams: 1_000) }
        #expect(grace.sections == 8_000)
        grace.add(window: 0, sections: 2)
        #expect(grace.sections == 8_000)
    }

    @Test("a field block uses up a section for each 128 bytes; bytes beyond these are not excused")
    func blocks() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 3)
        let left = [127, 128, 5 * 128, 127, 128].map { grace.takeBlock($0) }
        #expect(left == [0, 0, 3 * 128, 0, 128])
        #expect(grace.sections == 0)
    }

    @Test("1,000 refusals are excused after the last announcement")
    func refusals() {
        var grace = ResetGrace()
        let early = grace.takeRefusal()
        grace.limitAnnounced()
        grace.limitAnnounced()
        let taken = (0..<1_001).count { _ in grace.takeRefusal() }
        #expect(!early && taken == 1_000)
    }
}

extension ResetGrace {
    fileprivate mutating func add(
        window: Int, sections: Int, streams: Int = 1, _ cause: Cause = .peer
    ) {
        add(
            window: window, connectionWindow: 65_535, sections: sections, streams: streams, cause)
    }
}
