// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The observable state of a connection, to compare two moments.
struct ConnectionSnapshot: Hashable {
    var outboundByteCount: Int
    var queuedByteCount: Int
    var heldByteCount: Int
    var state: H2Connection.State
    var isPoisoned: Bool
    var windows: [Int]
    var openStreams: [Int]
    var highest: [H2StreamID]
    var settings: [H2SettingsView]
    var maxFrameSizes: [Int]
    var streams: [String]

    init(of connection: H2Connection) {
        outboundByteCount = connection.outboundByteCount
        queuedByteCount = connection.queuedByteCount
        heldByteCount = connection.heldByteCount
        state = connection.connectionState
        isPoisoned = connection.isPoisoned
        windows = [connection.inboundFlowControlWindow, connection.outboundFlowControlWindow]
        openStreams = [connection.openInboundStreams, connection.openOutboundStreams]
        highest = [connection.highestInboundStreamID, connection.highestOutboundStreamID]
        settings = [connection.localSettings, connection.remoteSettings]
        maxFrameSizes = [connection.maxInboundFrameSize, connection.maxOutboundFrameSize]
        streams = connection.state.streams.live.records.sorted { $0.id < $1.id }.map {
            "\($0.id): \($0.state), sends \($0.flow.send), receives \($0.flow.receive), "
                + "queued \(connection.queuedByteCount(on: H2StreamID($0.id)))"
        }
    }
}

/// Expects that a call throws exactly this error and changes nothing.
func expectMisuse(
    _ connection: H2Connection, _ expected: ErrorFacts,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ call: () throws(H2Error) -> Void
) {
    let before = ConnectionSnapshot(of: connection)
    let differencesBefore = connection.audit()
    let error = failure(of: call)
    #expect(error?.facts == expected, sourceLocation: sourceLocation)
    let after = ConnectionSnapshot(of: connection)
    #expect(after == before, "misuse changed something", sourceLocation: sourceLocation)
    let differences = connection.audit()
    #expect(differences == differencesBefore, sourceLocation: sourceLocation)
}
