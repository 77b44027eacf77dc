// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct AutomaticFlowControlTests {
    private static let size = MemoryLayout<h2_flow_control>.size

    private func defaults() -> h2_flow_control {
        var flowControl = h2_flow_control()
        #expect(h2_flow_control_init(&flowControl, Self.size) == 0)
        return flowControl
    }

    private func connection(
        _ role: h2_role, _ flowControl: h2_flow_control
    ) -> CConnection {
        withUnsafePointer(to: flowControl) { flowControl in
            CConnection(role) { $0.pointee.flow_control = flowControl }
        }
    }

    private func reported(by connection: CConnection) -> h2_flow_control? {
        var config = h2_config()
        config.size = MemoryLayout<h2_config>.size
        guard h2_connection_configuration(connection.raw, &config) == 0 else { return nil }
        return config.flow_control?.pointee
    }

    private func numbers(_ sizes: h2_flow_control) -> [Int64] {
        [
            Int64(sizes.size), sizes.stream_window, sizes.max_stream_window,
            sizes.connection_window, sizes.max_connection_window, sizes.max_unacknowledged,
            Int64(sizes.credits_streams_on_arrival),
        ]
    }

    @Test("the defaults are those of H2FlowControl.Automatic")
    func defaultSizes() {
        let twin = H2FlowControl.Automatic()
        #expect(
            numbers(defaults())
                == [
                    Self.size, twin.streamWindow, twin.maxStreamWindow, twin.connectionWindow,
                    twin.maxConnectionWindow, twin.maxUnacknowledged, 0,
                ].map { Int64($0) })
    }

    @Test("a connection returns its sizes; NULL for manual flow control")
    func roundTrip() {
        var sizes = defaults()
        sizes.stream_window = 70_001
        sizes.max_stream_window = 70_002
        sizes.connection_window = 70_003
        sizes.max_connection_window = 70_004
        sizes.max_unacknowledged = 70_005
        sizes.credits_streams_on_arrival = 1
        #expect(reported(by: connection(H2_SERVER, sizes)).map(numbers) == numbers(sizes))
        #expect(reported(by: CConnection(H2_SERVER)) == nil)
    }

    @Test("sizes out of range make the first call fail")
    func outOfRange() {
        let changes: [(inout h2_flow_control) -> Void] = [
            { $0.stream_window = -1 }, { $0.stream_window = .max },
            { $0.connection_window = 65_534 }, { $0.max_connection_window = .min },
            { $0.max_stream_window = (1 << 30) + 1 }, { $0.max_unacknowledged = -1 },
        ]
        for change in changes {
            var sizes = defaults()
            change(&sizes)
            let connection = connection(H2_CLIENT, sizes)
            // The pointer alone would not keep the connection alive.
            let result = withExtendedLifetime(connection) {
                h2_connection_initiate(connection.raw)
            }
            #expect(result == H2_ERR_INVALID_SETTINGS_VALUE.rawValue)
        }
    }

    @Test("impossible sizes of the structure, and members from the future, are refused")
    func structureSizes() {
        var sizes = defaults()
        for size in [0, 48, 57, 1 << 20] {
            #expect(h2_flow_control_init(&sizes, size) == H2_ERR_INVALID_ARGUMENT.rawValue)
            var changed = defaults()
            changed.size = size
            #expect(connection(H2_CLIENT, changed).raw == nil)
        }
        let longer = UnsafeMutableRawPointer.allocate(byteCount: Self.size + 8, alignment: 8)
        defer { longer.deallocate() }
        let structure = longer.assumingMemoryBound(to: h2_flow_control.self)
        #expect(h2_flow_control_init(structure, Self.size + 8) == 0)
        #expect(CConnection(H2_CLIENT) { $0.pointee.flow_control = .init(structure) }.raw != nil)
        longer.storeBytes(of: 1, toByteOffset: Self.size, as: UInt64.self)
        #expect(CConnection(H2_CLIENT) { $0.pointee.flow_control = .init(structure) }.raw == nil)
    }

    @Test("windows and the round trip are those of a connection in Swift")
    func sameAsSwift() throws {
        var sizes = defaults()
        sizes.stream_window = 100_000
        sizes.connection_window = 200_000
        let server = connection(H2_SERVER, sizes)
        var configuration = H2Configuration.server
        configuration.flowControl = .automatic(
            .init(streamWindow: 100_000, connectionWindow: 200_000))
        let twin = H2Connection(configuration)
        #expect(h2_connection_initiate(server.raw) == 0)
        try twin.initiateConnection()
        #expect(server.sent() == twin.dataToSend())

        var time: Int64 = 0
        #expect(h2_connection_round_trip_time(server.raw, &time) == 0)
        #expect(time == -1)
        let body = [UInt8](repeating: 0, count: 16_000)
        let start =
            FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.settingsAck()
            + FrameBuilder.headers(1, block: H2Headers.samplePost.block)
        let data = (0..<6).flatMap { _ in FrameBuilder.data(1, body) }
        #expect(server.receive(start + data, at: 1_000) == 0)
        #expect(server.events().result == 0)
        _ = try twin.receiveData(start + data, at: H2Instant(nanoseconds: 1_000))
        // The PING has random data, which the acknowledgement repeats.
        let frames = WireReader.frames(in: server.sent())
        let twinFrames = WireReader.frames(in: twin.dataToSend())
        #expect(frames.filter { $0.type != .ping } == twinFrames.filter { $0.type != .ping })
        let ping = try #require(frames.first { $0.type == .ping })
        let acknowledgement = FrameBuilder.raw(type: 6, flags: 1, payload: ping.payload)
        #expect(server.receive(acknowledgement, at: 51_000) == 0)
        #expect(server.events() == ([], 0))
        #expect(h2_connection_round_trip_time(server.raw, &time) == 0)
        #expect(time == 50_000)
        var window: Int64 = 0
        #expect(h2_connection_inbound_flow_control_window(server.raw, &window) == 0)
        #expect(window == Int64(twin.inboundFlowControlWindow))
    }
}
