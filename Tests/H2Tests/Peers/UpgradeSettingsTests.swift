// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 7540 §3.2.1: the 101 response acknowledges the settings in HTTP2-Settings, so they are in
/// force before the peer acknowledges the SETTINGS frame that repeats them.
@Suite struct UpgradeSettingsTests {
    private func client(_ settings: H2Settings) throws -> H2Connection {
        var configuration = H2Configuration.client
        configuration.initialSettings = settings
        let connection = H2Connection(configuration)
        _ = try connection.initiateUpgradeConnection()
        _ = connection.dataToSend()
        return connection
    }

    /// SETTINGS, and the response to stream 1 with a table of 65,536 bytes: from h2 4.4.1.
    private static let answer: [UInt8] = [
        0x00, 0x00, 0x2a, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x10, 0x00,
        0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0xff, 0xff, 0x00, 0x05, 0x00,
        0x00, 0x40, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x64,
        0x00, 0x06, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x05, 0x01, 0x05, 0x00, 0x00, 0x00, 0x01,
        0x3f, 0xe1, 0xff, 0x03, 0x88,
    ]

    @Test("the table size of the upgrade is in force")
    func tableSize() throws {
        let connection = try client([.headerTableSize: 65_536])
        let events = try connection.receiveData(Self.answer)
        #expect(
            events.dropFirst() == [
                .responseReceived(
                    .init(streamID: 1, headers: [":status": "200"], endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(connection.audit() == [])
    }

    @Test("the frame size and the window of the upgrade are in force")
    func frameSizeAndWindow() throws {
        let connection = try client([.maxFrameSize: 100_000, .initialWindowSize: 16_385])
        #expect(connection.localSettings.maxFrameSize == 100_000)
        let payload = [UInt8](repeating: 7, count: 16_385)
        let events = try connection.receiveData(
            FrameBuilder.settings() + FrameBuilder.headers(1, [":status": "200"])
                + FrameBuilder.data(1, payload))
        #expect(events.count == 3)
        #expect(try connection.remoteFlowControlWindow(on: 1) == 0)
    }

    @Test("the acknowledgement of the first SETTINGS changes nothing, and later ones do")
    func acknowledgements() throws {
        let connection = try client([.maxFrameSize: 100_000])
        #expect(try connection.receiveData(FrameBuilder.settings()).count == 1)
        try connection.updateSettings([.maxFrameSize: 20_000])
        #expect(
            try connection.receiveData(FrameBuilder.settingsAck())
                == [.settingsAcknowledged(.init(changes: []))])
        #expect(connection.localSettings.maxFrameSize == 100_000)
        #expect(try connection.receiveData(FrameBuilder.settingsAck()).count == 1)
        #expect(connection.localSettings.maxFrameSize == 20_000)
        #expect(connection.audit() == [])
        #expect(
            failure { () throws(H2Error) in
                _ = try connection.receiveData(
                    FrameBuilder.raw(
                        type: 0x42, payload: [UInt8](repeating: 0, count: 20_001)))
            }?.kind == .frameTooLarge)
    }
}
