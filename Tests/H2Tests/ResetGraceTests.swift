// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ResetGraceTests {
    @Test("DATA is free up to the window that was left, an empty frame like one of a byte")
    func data() {
        var grace = ResetGrace()
        let early = grace.takeData(0)
        grace.add(window: 10, sections: 0)
        // 64 bytes more, the price of an empty frame, which needs no window.
        let taken = [7, 70, 0, 3, 0].map { grace.takeData($0) }
        #expect(early == nil && taken == [.peer, nil, .peer, .peer, nil])
        #expect(grace.peerBytes == 0)
    }

    @Test("an empty frame is free after a reset even where no window was left")
    func noWindow() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 0)
        let taken = [0, 0].map { grace.takeData($0) }
        #expect(taken == [.peer, nil])
    }

    @Test("what is late on streams that the program reset is used up first")
    func causes() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 0)
        grace.add(window: 0, sections: 0, .program)
        let taken = [0, 0, 0].map { grace.takeData($0) }
        #expect(taken == [.program, .peer, nil])
    }

    @Test("after resets that the peer caused, twice the connection's window and 64 KiB are free")
    func mostBytes() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 65_535, sections: 0) }
        #expect(grace.peerBytes == 2 * 65_535 + 65_536)
    }

    @Test(
        "after resets by the program, as many small frames as twice the window has bytes are free")
    func mostSmallFrames() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 65_535, sections: 0, .program) }
        let taken = (0..<140_000).count { _ in grace.takeData(1) == .program }
        #expect(taken == 2 * 65_535)
        #expect(grace.takeData(63) == nil)
        #expect(grace.takeData(64) == .program)
        #expect(grace.programBytes == 1_000 * (65_535 + 64) - taken - 64)
    }

    @Test("as many header sections are free as were granted")
    func sections() {
        var grace = ResetGrace()
        let early = grace.takeSection()
        grace.add(window: 0, sections: 1)
        grace.add(window: 0, sections: 2)
        let taken = (0..<4).map { _ in grace.takeSection() }
        #expect(!early && taken == [true, true, true, false])
    }

    @Test("at most 2,048 header sections are free at a time")
    func mostSections() {
        var grace = ResetGrace()
        for _ in 0..<100 { grace.add(window: 0, sections: 32) }
        #expect(grace.sections == 2_048)
        let isTaken = grace.takeSection()
        grace.add(window: 0, sections: 2)
        #expect(isTaken && grace.sections == 2_048)
    }

    @Test("8 header sections are free for each stream of a large number that was open")
    func manyStreams() {
        var grace = ResetGrace()
        for _ in 0..<1_000 { grace.add(window: 0, sections: 32, streams: 1_000) }
        #expect(grace.sections == 8_000)
        grace.add(window: 0, sections: 2)
        #expect(grace.sections == 8_000)
    }

    @Test("a field block uses up one section for each 128 bytes; the rest of the bytes is not free")
    func blocks() {
        var grace = ResetGrace()
        grace.add(window: 0, sections: 3)
        let left = [127, 128, 5 * 128, 127, 128].map { grace.takeBlock($0) }
        #expect(left == [0, 0, 3 * 128, 0, 128])
        #expect(grace.sections == 0)
    }

    @Test("1,000 refusals are free after the last announcement")
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
