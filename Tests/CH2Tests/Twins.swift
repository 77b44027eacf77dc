// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

/// A C connection and a Swift connection in the same state.
struct Twins {
    let c: CConnection
    let swift: H2Connection

    /// Creates connections after the handshake. Both closures must make the same changes.
    init(
        _ role: h2_role, settings: [(UInt16, UInt32)] = [],
        _ change: (UnsafeMutablePointer<h2_config>) -> Void = { _ in },
        swift changeInSwift: (inout H2Configuration) -> Void = { _ in }
    ) throws {
        var configuration: H2Configuration = role == H2_SERVER ? .server : .client
        changeInSwift(&configuration)
        c = CConnection(role, change)
        swift = H2Connection(configuration)
        #expect(h2_connection_initiate(c.raw) == 0)
        try swift.initiateConnection()
        try receive(
            (role == H2_SERVER ? FrameBuilder.preface() : []) + FrameBuilder.settings(settings)
                + FrameBuilder.settingsAck())
        #expect(c.sent() == sentInSwift())
    }

    /// Removes and returns all output of the Swift connection, in the same pieces as `c.sent()`.
    func sentInSwift() -> [UInt8] {
        var sent: [UInt8] = []
        while swift.hasDataToSend {
            _ = swift.withDataToSend { bytes in
                for index in bytes.indices { sent.append(bytes[index]) }
                return bytes.count
            }
        }
        return sent
    }

    /// Receives the same bytes and compares the events.
    @discardableResult
    func receive(_ bytes: [UInt8], at time: UInt64? = nil) throws -> [H2Event] {
        let expected = try swift.receiveData(
            bytes, at: time.map { H2Instant(nanoseconds: $0) })
        #expect(c.receive(bytes, at: time) == 0)
        let (events, result) = c.events()
        #expect(events == expected)
        #expect(result == 0)
        return events
    }

    /// Makes the same call on both and compares results, output and the events of the call.
    func call(
        _ text: String, _ inC: (OpaquePointer?) -> Int32,
        _ inSwift: (H2Connection) throws(H2Error) -> Void
    ) {
        let result = inC(c.raw)
        do throws(H2Error) {
            try inSwift(swift)
            #expect(result == 0, "\(text)")
        } catch {
            #expect(result < 0, "\(text)")
            #expect(c.lastError?.message == error.description, "\(text)")
            #expect(c.lastError?.errorCode == error.errorCode.rawValue, "\(text)")
            #expect(c.lastError?.streamID == (error.streamID?.rawValue ?? 0), "\(text)")
        }
        #expect(c.sent() == sentInSwift(), "\(text)")
        let (events, end) = c.events()
        #expect(events == swift.takeEvents(), "\(text)")
        #expect(end == 0, "\(text)")
    }
}
