// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// After the end of a connection, every call that needs an open connection throws
/// `.connectionClosed`: after `connectionLost` in any case, otherwise with `reportsStreamOutcomes`.
@Suite struct CallsAfterEndTests {
    /// A call that needs an open connection, which has streams 1 and 3.
    static let calls: [(name: String, role: H2Configuration.Role?, Call)] = [
        ("initiateConnection", nil, { try $0.initiateConnection() }),
        ("upgrade", .client, { _ = try $0.initiateUpgradeConnection() }),
        ("upgrade", .server, { try $0.initiateUpgradeConnection(settingsHeader: nil) }),
        ("sendHeaders", nil, { try $0.sendHeaders(.sampleTrailers, on: 1, endStream: true) }),
        ("sendHeaders, new", .client, { try $0.sendHeaders(.sampleRequest, on: 5) }),
        ("sendData", nil, { try $0.sendData([1], on: 1) }),
        (
            "sendData, too much", nil,
            { try $0.sendData([UInt8](repeating: 0, count: 70_000), on: 1) }
        ),
        ("sendData, idle", nil, { try $0.sendData([], on: 99) }),
        ("sendData, closed", nil, { try $0.sendData([], on: 3) }),
        ("enqueueData", nil, { try $0.enqueueData([1], on: 1) }),
        ("enqueueTrailers", nil, { try $0.enqueueTrailers(.sampleTrailers, on: 1) }),
        ("setSendPriority", nil, { try $0.setSendPriority(H2ExtensiblePriority(), on: 1) }),
        (
            "sendPriorityUpdate", .client,
            { try $0.sendPriorityUpdate(H2ExtensiblePriority(), on: 1) }
        ),
        ("startGracefulShutdown", nil, { try $0.startGracefulShutdown() }),
        ("endStream", nil, { try $0.endStream(1) }),
        ("resetStream", nil, { try $0.resetStream(1) }),
        ("resetStream, closed", nil, { try $0.resetStream(3) }),
        ("pushStream", nil, { try $0.pushStream(2, on: 1, requestHeaders: .sampleRequest) }),
        ("prioritize", nil, { try $0.prioritize(1, H2Priority()) }),
        ("alternative service", nil, { try $0.advertiseAlternativeService("h2", on: 1) }),
        (
            "alternative service of an origin", nil,
            { try $0.advertiseAlternativeService("h2", origin: "https://a") }
        ),
        ("acknowledgeReceivedData", nil, { try $0.acknowledgeReceivedData(1, on: 1) }),
        ("acknowledgeReceivedData, idle", nil, { try $0.acknowledgeReceivedData(1, on: 99) }),
        ("incrementFlowControlWindow", nil, { try $0.incrementFlowControlWindow(by: 1, on: 1) }),
        ("incrementFlowControlWindow, 0", nil, { try $0.incrementFlowControlWindow(by: 1) }),
        ("ping", nil, { try $0.ping(H2PingData(1)) }),
        ("updateSettings", nil, { try $0.updateSettings([.initialWindowSize: 1]) }),
    ]
    typealias Call = @Sendable (H2Connection) throws -> Void

    /// How a connection ends.
    enum End: CaseIterable {
        case error, closeConnection, goAway, lost, lostAfterError, lostAfterClose
    }

    private func peer(_ role: H2Configuration.Role, _ end: End, reports: Bool = true) throws -> Peer
    {
        let peer = try Peer.reporting(role) {
            $0.reportsStreamOutcomes = reports
            $0.goAway = .closeAtOnce
        }
        try peer.open(1, 3)
        try peer.receive(FrameBuilder.rstStream(3))
        let violation = FrameBuilder.data(0)
        switch end {
        case .error: #expect(peer.receiveResult(violation).error != nil)
        case .closeConnection: try peer.connection.closeConnection()
        case .goAway: try peer.receive(FrameBuilder.goAway(last: 1))
        case .lost: _ = peer.connection.connectionLost()
        case .lostAfterError:
            #expect(peer.receiveResult(violation).error != nil)
            _ = peer.connection.connectionLost()
        case .lostAfterClose:
            try peer.connection.closeConnection()
            _ = peer.connection.connectionLost()
        }
        peer.sent()
        _ = peer.connection.takeEvents()
        return peer
    }

    @Test("every call throws .connectionClosed after the end", arguments: End.allCases)
    func all(end: End) throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try peer(role, end)
            for (name, only, call) in Self.calls where only == nil || only == role {
                let before = ConnectionSnapshot(of: peer.connection)
                let error = thrownError { try call(peer.connection) }
                #expect(error?.kind == .connectionClosed, "\(role), \(name)")
                #expect(error?.origin == .local, "\(role), \(name)")
                #expect(ConnectionSnapshot(of: peer.connection) == before, "\(role), \(name)")
            }
            #expect(!peer.connection.hasEvents && !peer.connection.hasDataToSend)
            #expect(peer.connection.sendableByteCount(on: 1) == 0)
            #expect(peer.connection.availableOutboundStreams == 0)
        }
    }

    @Test("without reportsStreamOutcomes, only connectionLost makes calls throw .connectionClosed")
    func off() throws {
        for end in End.allCases {
            for role in [H2Configuration.Role.client, .server] {
                let peer = try peer(role, end, reports: false)
                let isLost = [.lost, .lostAfterError, .lostAfterClose].contains(end)
                for (name, only, call) in Self.calls where only == nil || only == role {
                    let error = thrownError { try call(peer.connection) }
                    #expect(
                        (error?.kind == .connectionClosed) == isLost, "\(role), \(end), \(name)")
                }
            }
        }
    }

    @Test("closeConnection can send another GOAWAY, except after an error or connectionLost")
    func closeAgain() throws {
        for end in End.allCases {
            let peer = try peer(.server, end)
            let error = failure { () throws(H2Error) in
                try peer.connection.closeConnection(lastStreamID: 0)
            }
            let isPossible = end == .closeConnection || end == .goAway
            #expect(error?.kind == (isPossible ? nil : .connectionClosed), "\(end)")
            #expect(peer.sent().map(\.type) == (isPossible ? [.goAway] : []))
        }
    }

    @Test("receiveData throws the error that ended the connection, or ignores all bytes")
    func receiving() throws {
        for role in [H2Configuration.Role.client, .server] {
            for end in End.allCases {
                let peer = try peer(role, end)
                for bytes in [[], FrameBuilder.rstStream(1), FrameBuilder.data(1, [1])] {
                    let result = peer.receiveResult(bytes)
                    #expect(result.events == [])
                    switch end {
                    case .error, .lostAfterError:
                        #expect(result.error?.kind == .protocolViolation)
                        #expect(result.error?.origin == .remote)
                    case .closeConnection: #expect(result.error == nil)
                    // As in h2, a frame after the GOAWAY is an error.
                    case .goAway: #expect((result.error == nil) == bytes.isEmpty)
                    case .lost, .lostAfterClose:
                        #expect(result.error?.kind == .connectionClosed)
                        #expect(result.error?.origin == .local)
                    }
                }
            }
        }
    }

    @Test("before the connection is initiated, calls throw .notInitiated")
    func notInitiated() {
        var configuration = H2Configuration.client
        configuration.reportsStreamOutcomes = true
        let connection = H2Connection(configuration)
        for call in Self.calls where !["initiateConnection", "upgrade"].contains(call.name) {
            let error = thrownError { try call.2(connection) }
            #expect(error?.kind == .notInitiated, "\(call.name)")
        }
    }
}
