// SPDX-License-Identifier: MIT

import H2

extension H2Configuration {
    /// Turns on features that are off by default, as two bytes select.
    mutating func addFeatures(_ input: inout FuzzInput) {
        let switches = input.byte()
        if switches & 0x01 != 0 { reportsStreamOutcomes = true }
        if switches & 0x02 != 0 { lateCalls = .ignored }
        if switches & 0x04 != 0 { priorities = .extensible }
        if switches & 0x08 != 0 { sendsClientGoAway = true }
        if switches & 0x10 != 0 {
            var sizes = H2FlowControl.Automatic()
            if switches & 0x20 != 0 {
                // So small that short inputs reach each of them.
                sizes.streamWindow = 1_000
                sizes.maxStreamWindow = 4_000
                sizes.connectionWindow = 65_535
                sizes.maxConnectionWindow = 100_000
                sizes.maxUnacknowledged = 2_000
            }
            sizes.creditsStreamsOnArrival = switches & 0x40 != 0
            flowControl = .automatic(sizes)
        }
        if switches & 0x80 != 0 {
            sendQueueHighWaterMark = 900
            sendQueueLowWaterMark = 300
        }
        addDeadlines(input.byte())
    }

    private mutating func addDeadlines(_ switches: UInt8) {
        if switches & 0x01 != 0 {
            deadlines.firstSettings = .seconds(1)
            deadlines.settingsAcknowledgement = .seconds(2)
        }
        if switches & 0x02 != 0 { deadlines.fieldBlock = .milliseconds(500) }
        if switches & 0x04 != 0 { deadlines.idle = .seconds(3) }
        if switches & 0x08 != 0 {
            deadlines.keepalive = .init(
                interval: .seconds(1), answer: .milliseconds(500),
                pingsWithoutStreams: switches & 0x01 != 0)
        }
        if switches & 0x10 != 0 { deadlines.streamInactivity = .milliseconds(700) }
        if switches & 0x20 != 0 {
            deadlines.drainRate = .init(bytes: 1_000, per: .milliseconds(400))
        }
        if switches & 0x40 != 0 { deadlines.output = .milliseconds(900) }
        if switches & 0x80 != 0 {
            deadlines.shutdownAnnouncement = .milliseconds(300)
            deadlines.shutdown = .seconds(2)
            deadlines.maximumAge = .seconds(9)
        }
    }
}
