// SPDX-License-Identifier: MIT

import H2TestSupport
import Testing

/// The memory measurement that other tests use.
@Suite(.enabled(if: Allocations.canBeCounted)) struct MemoryMeterTests {
    @Test("memory allocated and freed inside measure is counted, and its peak is kept")
    func within() {
        let meter = MemoryMeter()
        var bytes: [UInt8] = []
        meter.measure { bytes = [UInt8](repeating: 1, count: 100_000) }
        #expect(100_000..<101_000 ~= meter.held)
        meter.measure { bytes += [UInt8](repeating: 2, count: 100_000) }
        #expect(200_000..<401_000 ~= meter.held)
        let peak = meter.peak
        #expect(peak >= 300_000)
        meter.measure { bytes = [] }
        #expect(meter.held == 0 && meter.peak == peak)
    }

    @Test("memory allocated outside measure is not counted")
    func without() {
        let meter = MemoryMeter()
        let before = [UInt8](repeating: 1, count: 100_000)
        meter.measure { _ = before.count }
        let after = before.map { $0 &+ 1 }
        #expect(after.count == 100_000 && meter.held == 0 && meter.peak == 0)
    }

    @Test("an allocation that grows is counted once")
    func growing() {
        let meter = MemoryMeter()
        var bytes: [UInt8] = []
        meter.measure { for _ in 0..<50_000 { bytes.append(0) } }
        #expect(50_000..<140_000 ~= meter.held)
        meter.measure { bytes = [] }
        #expect(meter.held == 0)
    }
}
