// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing
import h2tool

@Suite struct LimitUsageTests {
    @Test("each limit that a connection used is shown with its maximum use")
    func lines() throws {
        let connection = H2Connection(.server)
        try connection.initiateConnection()
        _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings([(0x3, 7)]))
        for _ in 0..<3 { _ = try connection.receiveData(FrameBuilder.ping()) }
        let lines = connection.usage.lines(connection.configuration.limits)
        #expect(lines.contains("controlFrames used=3 of=100000"))
        #expect(lines.contains("settingsPerFrame used=1 of=32"))
        #expect(lines.contains("unacknowledgedSettings used=1 of=64"))
        #expect(lines.contains { $0.hasPrefix("peerOutput used=60 ") })
        #expect(!lines.contains { $0.hasPrefix("peerResets") || $0.hasPrefix("headerFields") })
    }

    @Test("a disabled limit is shown as unlimited")
    func unlimited() throws {
        let connection = H2Connection(.unlimited(.server))
        try connection.initiateConnection()
        _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings([(0x3, 7)]))
        let lines = connection.usage.lines(connection.configuration.limits)
        #expect(lines.contains("settingsPerFrame used=1 of=unlimited"))
    }
}
