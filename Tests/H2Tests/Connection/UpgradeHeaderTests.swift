// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The settings in the HTTP2-Settings value of an upgrade, RFC 7540 §3.2.1.
@Suite struct UpgradeHeaderTests {
    @Test("every setting in HTTP2-Settings takes effect, including unknown ones")
    func allSettings() throws {
        var configuration = H2Configuration.client
        configuration.initialSettings = [
            .headerTableSize: 100, .maxConcurrentStreams: 7, .maxFrameSize: 20_000,
            .maxHeaderListSize: 9_999, .enableConnectProtocol: 1, .init(rawValue: 0xabcd): 12,
        ]
        let value = try H2Connection(configuration).initiateUpgradeConnection()
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: value)
        let settings = server.remoteSettings
        #expect(settings.headerTableSize == 100 && settings.maxConcurrentStreams == 7)
        #expect(settings[.maxHeaderListSize] == 9_999 && settings[.enableConnectProtocol] == 1)
        #expect(settings[.init(rawValue: 0xabcd)] == 12)
        #expect(server.maxOutboundFrameSize == 20_000)
        #expect(server.audit() == [])
    }

    @Test("the last value of a repeated setting counts", arguments: ["AAQAAIAAAAQAAQAA"])
    func repeated(value: String) throws {
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: value)
        #expect(server.remoteSettings.initialWindowSize == 65_536)
    }

    @Test(
        "a missing or empty HTTP2-Settings means no settings, as in h2",
        arguments: [nil, ""] as [String?])
    func noHeader(value: String?) throws {
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: value)
        #expect(server.remoteSettings.initialWindowSize == 65_535)
        #expect(server.openInboundStreams == 1)
    }

    @Test(
        "a value that is not base64url of whole settings is refused, and changes nothing",
        arguments: [
            "AAQ", "AAMA", "AAQAgAAAAAA", "A", "AAMAAABkAA", "!!!!", "AAQAAIAA====", "AAQA AIAA",
            "AAQAAIAA\n", "AAQAAP//", "AAMAAABk+AQA", "AAQ=AIAA", "=", "====", "é", "AAQAAIA=",
        ])
    func badHeader(value: String) throws {
        let connection = H2Connection(.server)
        expectMisuse(connection, .local(.invalidArgument)) { () throws(H2Error) in
            try connection.initiateUpgradeConnection(settingsHeader: value)
        }
        try connection.initiateUpgradeConnection(settingsHeader: UpgradeTests.defaults)
        #expect(connection.openInboundStreams == 1)
    }

    @Test("§6.5.2: settings out of range are refused with their error code, and change nothing")
    func badSettings() throws {
        for (value, code) in [
            ("AAIAAAAC", .protocolError), ("AASAAAAA", .flowControlError),
            ("AAUAAD__", .protocolError), ("AAUBAAAA", .protocolError),
            ("AAgAAAAC", .protocolError), ("AAQAAIAAAAIAAAAC", .protocolError),
        ] as [(String, H2ErrorCode)] {
            let connection = H2Connection(.server)
            let before = ConnectionSnapshot(of: connection)
            let error = failure { () throws(H2Error) in
                try connection.initiateUpgradeConnection(settingsHeader: value)
            }
            #expect(error?.facts == .remote(.invalidSettingsValue, code), "\(value)")
            #expect(ConnectionSnapshot(of: connection) == before)
            try connection.initiateConnection()
        }
    }

    @Test("RFC 9218 §2.1: the first SETTINGS frame must repeat the header's NO_RFC7540_PRIORITIES")
    func prioritiesAreRepeated() throws {
        // NO_RFC7540_PRIORITIES: 1, 0, and missing, which means 0.
        for (header, said) in [("AAkAAAAB", 1), ("AAkAAAAA", 0), ("", 0)] as [(String, UInt32)] {
            for value: UInt32 in [0, 1] {
                let server = H2Connection(.server)
                try server.initiateUpgradeConnection(settingsHeader: header)
                let error = failure { () throws(H2Error) in
                    _ = try server.receiveData(
                        FrameBuilder.preface() + FrameBuilder.settings([(0x9, value)]))
                }
                let expected = ErrorFacts.remote(.invalidSettingsValue, .protocolError)
                #expect(error?.facts == (value == said ? nil : expected), "\(header), \(value)")
            }
        }
    }

    @Test("at most 128 settings of an HTTP2-Settings value are kept")
    func manySettings() throws {
        var configuration = H2Configuration.client
        for index: UInt16 in 0..<200 {
            configuration.initialSettings[.init(rawValue: 0x1000 + index)] = UInt32(index)
        }
        let value = try H2Connection(configuration).initiateUpgradeConnection()
        let server = H2Connection(.unlimited(.server))
        try server.initiateUpgradeConnection(settingsHeader: value)
        let kept = server.remoteSettings.inForce.entries
        #expect(kept.count == 128)
        #expect(kept.last?.value == UInt32(kept.last?.identifier.rawValue ?? 0) - 0x1000)
    }

    /// Returns an HTTP2-Settings value with the given number of unknown settings.
    private static func value(entries: Int) -> String {
        // Each entry takes 8 digits.
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return (0..<entries).reduce(into: "") { text, index in
            let identifier = 0x1000 + index
            text +=
                String([
                    digits[identifier >> 10], digits[identifier >> 4 & 0x3f],
                    digits[identifier << 2 & 0x3f],
                ]) + "AAAAH"
        }
    }

    @Test(
        "settingsPerFrame limits the entries of an HTTP2-Settings value",
        arguments: [nil, 0, 5, 32] as [Int?])
    func tooManySettings(limit: Int?) throws {
        let configuration = H2Configuration.limited(.server) { $0.settingsPerFrame = limit }
        let bound = limit ?? 4_096
        let connection = H2Connection(configuration)
        let before = ConnectionSnapshot(of: connection)
        for count in [bound + 1, 20_000] {
            let error = failure { () throws(H2Error) in
                try connection.initiateUpgradeConnection(
                    settingsHeader: Self.value(entries: count))
            }
            #expect(error?.facts == .remote(.denialOfService, .enhanceYourCalm))
            #expect(error?.limit == .settingsPerFrame && error?.expected == bound)
            #expect(error?.actual == count)
            #expect(ConnectionSnapshot(of: connection) == before)
        }
        try connection.initiateUpgradeConnection(settingsHeader: Self.value(entries: bound))
        #expect(connection.usage.settingsPerFrame == bound && connection.openInboundStreams == 1)
        #expect(connection.remoteSettings[.init(rawValue: 0x1000)] == (bound == 0 ? nil : 7))
    }

    @Test(
        "both sides can change their settings after the upgrade",
        arguments: [nil, 0, 1] as [UInt32?])
    func settingsAfterwards(priorities: UInt32?) throws {
        let identifier = H2Settings.Identifier(rawValue: 0x9)
        var configuration = H2Configuration.client
        configuration.initialSettings[identifier] = priorities
        let client = H2Connection(configuration)
        configuration = .server
        configuration.initialSettings[identifier] = priorities
        let server = H2Connection(configuration)
        try server.initiateUpgradeConnection(
            settingsHeader: client.initiateUpgradeConnection())
        for connection in [client, server] {
            _ = connection.dataToSend()
            for size: UInt32 in [20_000, 30_000] {
                try connection.updateSettings([.maxFrameSize: size, .headerTableSize: 0])
                #expect(
                    connection.dataToSend() == FrameBuilder.settings([(0x5, size), (0x1, 0)]))
            }
            #expect(connection.audit() == [])
        }
    }
}
