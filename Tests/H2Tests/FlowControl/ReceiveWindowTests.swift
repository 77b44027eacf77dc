// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// h2's `WindowManager`, reimplemented from its `windows.py`.
struct ReferenceWindow {
    private(set) var current: Int
    private(set) var maximum: Int
    private var processed = 0

    init(size: Int) {
        current = size
        maximum = size
    }

    /// In h2: `window_consumed`.
    mutating func consume(_ size: Int) { current -= size }

    /// In h2: `window_opened`.
    mutating func open(_ size: Int) {
        current += size
        maximum = max(current, maximum)
    }

    /// In h2: `_inbound_flow_control_change_from_settings`.
    mutating func initialSizeChanged(_ delta: Int) {
        current += delta
        maximum += delta
    }

    /// In h2: `process_bytes`.
    mutating func process(_ size: Int) -> Int {
        processed += size
        guard processed > 0 else { return 0 }
        var increment = 0
        if (current == 0 && processed > min(1_024, maximum / 4)) || processed >= maximum / 2 {
            increment = min(processed, maximum - current)
            processed = 0
        }
        current += increment
        return increment
    }
}

/// The window that limits what the peer may send: h2's policy, and the accounting.
@Suite struct ReceiveWindowTests {
    /// Receives and acknowledges bytes, and returns the credit.
    private func credit(size: Int, receiving length: Int, acknowledging part: Int) -> Int {
        var window = ReceiveWindow(size: size)
        window.receive(length)
        window.acknowledge(part)
        return window.takeCredit()
    }

    @Test("a new window is entirely available; no bytes are held or uncredited")
    func newWindow() {
        let window = ReceiveWindow(size: 65_535)
        #expect(window.available == 65_535 && window.maximum == 65_535)
        #expect(window.held == 0 && window.uncredited == 0)
        #expect(FlowControl.maxWindowSize == 0x7fff_ffff)
    }

    @Test("§6.9.1: a length beyond the window does not fit")
    func fits() {
        var window = ReceiveWindow(size: 100)
        #expect(window.fits(0) && window.fits(100) && !window.fits(101))
        window.receive(100)
        #expect(window.fits(0) && !window.fits(1))
    }

    @Test func acknowledgingSmallChunksDoesNothing() {
        #expect(credit(size: 65_535, receiving: 9, acknowledging: 9) == 0)
        #expect(credit(size: 65_535, receiving: 32_766, acknowledging: 32_766) == 0)
    }

    @Test func acknowledgingNoDataDoesNothing() {
        #expect(credit(size: 65_535, receiving: 0, acknowledging: 0) == 0)
        #expect(credit(size: 65_535, receiving: 65_535, acknowledging: 0) == 0)
    }

    @Test("half a window is credited, as by h2's `_maybe_update_window`")
    func halfWindow() {
        #expect(credit(size: 65_535, receiving: 32_767, acknowledging: 32_767) == 32_767)
        #expect(credit(size: 65_535, receiving: 65_000, acknowledging: 32_766) == 0)
        #expect(credit(size: 65_535, receiving: 65_000, acknowledging: 40_000) == 40_000)
    }

    @Test(arguments: [1_025, 1_026, 16_383, 32_766, 32_767, 65_534, 65_535])
    func acknowledging1024BytesWhenEmptyIncrements(increment: Int) {
        #expect(credit(size: 65_535, receiving: 65_535, acknowledging: increment) == increment)
    }

    @Test("an empty window is credited above 1,024 bytes, or a quarter of a small window")
    func emptyWindow() {
        #expect(credit(size: 65_535, receiving: 65_535, acknowledging: 1_024) == 0)
        #expect(credit(size: 65_535, receiving: 65_534, acknowledging: 1_025) == 0)
        #expect(credit(size: 100, receiving: 100, acknowledging: 25) == 0)
        #expect(credit(size: 100, receiving: 100, acknowledging: 26) == 26)
        #expect(credit(size: 100, receiving: 99, acknowledging: 26) == 0)
        #expect(credit(size: 1, receiving: 1, acknowledging: 1) == 1)
    }

    @Test func mixingUpdateForms() {
        var window = ReceiveWindow(size: 65_535)
        window.receive(65_535)
        window.open(by: 65_535)
        #expect(window.available == 65_535 && window.maximum == 65_535)
        window.acknowledge(65_535)
        // The window is already open.
        #expect(window.takeCredit() == 0)
        #expect(window.available == 65_535 && window.uncredited == 0)
    }

    @Test("an explicitly enlarged window is credited up to its new size")
    func opened() {
        var window = ReceiveWindow(size: 1_000)
        window.open(by: 9_000)
        #expect(window.available == 10_000 && window.maximum == 10_000)
        window.receive(4_999)
        window.acknowledge(4_999)
        #expect(window.takeCredit() == 0)
        window.receive(1)
        window.acknowledge(1)
        #expect(window.takeCredit() == 5_000)
        #expect(window.available == 10_000)
    }

    @Test("§6.9.1: a window cannot be enlarged beyond 2^31-1")
    func limit() {
        var window = ReceiveWindow(size: 65_535)
        let room = FlowControl.maxWindowSize - 65_535
        #expect(window.canOpen(by: room) && !window.canOpen(by: room + 1))
        window.open(by: room)
        #expect(window.available == FlowControl.maxWindowSize && !window.canOpen(by: 1))
        window.receive(10)
        #expect(window.canOpen(by: 10) && !window.canOpen(by: 11))
    }

    @Test("§6.9.2: a lower initial size makes a window negative, and credit restores it")
    func negative() {
        var window = ReceiveWindow(size: 65_535)
        window.receive(30_000)
        window.initialSizeChanged(by: -65_535 + 10_000)
        #expect(window.available == -20_000 && window.maximum == 10_000)
        #expect(!window.fits(1))
        window.acknowledge(4_999)
        #expect(window.takeCredit() == 0)
        window.acknowledge(1)
        #expect(window.takeCredit() == 5_000 && window.available == -15_000)
        window.acknowledge(25_000)
        #expect(window.takeCredit() == 25_000 && window.available == 10_000)
    }

    @Test("acknowledging more than is held acknowledges all that is held")
    func tooMuch() {
        var window = ReceiveWindow(size: 1_000)
        window.receive(600)
        window.acknowledge(1_000_000)
        #expect(window.held == 0 && window.uncredited == 600)
        #expect(window.takeCredit() == 600)
        window.acknowledge(.max)
        #expect(window.takeCredit() == 0)
        #expect(window.available == 1_000 && window.uncredited == 0)
    }

    @Test("ignored bytes are uncredited immediately, received bytes when they are acknowledged")
    func ignored() {
        var window = ReceiveWindow(size: 1_000)
        window.receive(300)
        window.receiveIgnored(200)
        #expect(window.available == 500 && window.held == 300 && window.uncredited == 200)
        #expect(window.takeCredit() == 0)
        window.acknowledge(300)
        #expect(window.held == 0 && window.uncredited == 500)
        #expect(window.takeCredit() == 500 && window.available == 1_000)
    }

    @Test(
        "random operations yield the same credit as in h2, at the same time",
        arguments: 0..<64 as Range<UInt64>)
    func sameAsH2(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let sizes = [0, 1, 3, 100, 1_023, 4_096, 4_097, 65_535, 1 << 20, 0x7fff_ffff]
        let size = sizes[Int(seed) % sizes.count]
        var window = ReceiveWindow(size: size)
        var reference = ReferenceWindow(size: size)
        var unacknowledged = 0
        for step in 0..<2_000 {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<9:
                let room = min(max(0, window.available), step % 3 == 0 ? 20_000 : .max)
                var length = Int.random(in: 0...room, using: &generator)
                if step % 7 == 0 { length = max(0, window.available) }
                #expect(window.fits(length) || window.available < 0)
                window.receive(length)
                reference.consume(length)
                unacknowledged += length
            case 9..<18:
                let isAll = Bool.random(using: &generator)
                let length =
                    isAll ? unacknowledged : Int.random(in: 0...unacknowledged, using: &generator)
                window.acknowledge(length)
                let credit = window.takeCredit()
                // h2 does not check its window when nothing is acknowledged.
                if length > 0 || credit > 0 { #expect(credit == reference.process(length)) }
                unacknowledged -= length
            case 18:
                let increment = Int.random(in: 1...70_000, using: &generator)
                guard window.canOpen(by: increment), step % 4 == 0 else { continue }
                window.open(by: increment)
                reference.open(increment)
            default:
                let delta = Int.random(in: -70_000...70_000, using: &generator)
                guard window.maximum + delta >= 0,
                    window.maximum + delta <= FlowControl.maxWindowSize
                else {
                    continue
                }
                window.initialSizeChanged(by: delta)
                reference.initialSizeChanged(delta)
            }
            #expect(window.available == reference.current && window.maximum == reference.maximum)
            #expect(window.available <= window.maximum && window.held == unacknowledged)
        }
    }
}
