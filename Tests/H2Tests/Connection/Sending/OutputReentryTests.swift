// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Every public member of a connection can be used inside `withDataToSend`.
@Suite struct OutputReentryTests {
    @Test("every public member can be used inside withDataToSend", arguments: [0, 1, Int.max])
    func clientMembers(_ result: Int) throws {
        let connection = H2Connection(.client)
        try connection.initiateConnection()
        _ = try connection.receiveData(FrameBuilder.settings() + FrameBuilder.settingsAck())
        for id in [1, 3, 5] as [H2StreamID] { try connection.sendHeaders(.samplePost, on: id) }
        let before = Array(WireReader.frames(in: connection.dataToSend()).map(\.type))
        #expect(before.count == 5)
        try connection.ping(H2PingData(9))
        let borrowedFrame = FrameBuilder.ping(9)
        let response = FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
        let data = FrameBuilder.data(1, [UInt8](repeating: 1, count: 2_000))

        let taken = try connection.withDataToSend { span throws(H2Error) in
            // Receiving.
            var events = try connection.receiveData(response)
            try connection.receiveData(data, into: &events)
            try connection.receiveData(data[...], into: &events)
            _ = try connection.receiveData(data[2_009...])
            events += try connection.receiveData(copying: FrameBuilder.ping(1).span)
            try connection.receiveData(copying: data.span, into: &events)
            #expect(events.count == 5)
            // Sending.
            let id = try connection.nextAvailableStreamID()
            #expect(id == 7)
            try connection.sendHeaders(.samplePost, on: id)
            try connection.sendData([1], on: id)
            try connection.sendData([2, 3][1...], on: id)
            try connection.sendData(H2Bytes([4]), on: id, padLength: 3)
            try connection.sendData(copying: ([5] as [UInt8]).span, on: id)
            try connection.endStream(id)
            try connection.resetStream(3, errorCode: .cancel)
            try connection.ping(H2PingData(2))
            try connection.updateSettings([.maxFrameSize: 20_000])
            try connection.acknowledgeReceivedData(2_000, on: 1)
            try connection.incrementFlowControlWindow(by: 100)
            try connection.incrementFlowControlWindow(by: 100, on: 1)
            // Properties and queries.
            #expect(try connection.localFlowControlWindow(on: 1) > 0)
            #expect(try connection.remoteFlowControlWindow(on: 1) > 0)
            #expect(connection.configuration.role == .client)
            #expect(connection.connectionState == .open)
            #expect(connection.openOutboundStreams == 3)
            #expect(connection.openInboundStreams == 0)
            #expect(connection.highestInboundStreamID == 0)
            #expect(connection.highestOutboundStreamID == 7)
            #expect(connection.maxOutboundFrameSize == 16_384)
            #expect(connection.maxInboundFrameSize == 16_384)
            #expect(connection.localSettings.unacknowledged.count == 1)
            #expect(connection.remoteSettings.enablePush == false)
            #expect(connection.inboundFlowControlWindow > 0)
            #expect(connection.outboundFlowControlWindow < 65_535)
            #expect(connection.hasDataToSend)
            #expect(connection.audit() == [])
            try connection.closeConnection()
            // The borrowed bytes did not change.
            #expect(span.count == borrowedFrame.count)
            for index in borrowedFrame.indices { #expect(span[index] == borrowedFrame[index]) }
            return result
        }
        #expect(taken == min(result, borrowedFrame.count))
        let bytes = connection.dataToSend()
        let frames = WireReader.frames(in: Array(borrowedFrame.prefix(taken)) + bytes)
        #expect(
            frames.map(\.type) == [
                .ping, .ping, .headers, .data, .data, .data, .data, .data, .rstStream, .ping,
                .settings, .windowUpdate, .windowUpdate, .goAway,
            ])
    }

    @Test("an error inside withDataToSend queues its GOAWAY after the borrowed bytes")
    func errorInside() throws {
        let connection = H2Connection(.server)
        try connection.initiateConnection()
        _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings())
        var error: H2Error?
        let taken = connection.withDataToSend { span in
            error = failure { () throws(H2Error) in
                _ = try connection.receiveData(FrameBuilder.raw(type: 0x6, length: 9))
            }
            return 10
        }
        #expect(taken == 10)
        #expect(error?.kind == .frameDataMissing)
        let count = connection.outboundByteCount
        let bytes = connection.dataToSend()
        #expect(count == bytes.count)
        #expect(Array(bytes.suffix(17)) == FrameBuilder.goAway(last: 0, code: 0x6))
    }

    @Test("a GOAWAY that drops the output drops the borrowed bytes as well")
    func closeAtOnceInside() throws {
        var configuration = H2Configuration.client
        configuration.goAway = .closeAtOnce
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        _ = try connection.receiveData(FrameBuilder.settings() + FrameBuilder.settingsAck())
        try connection.sendHeaders(.samplePost, on: 1)
        let taken = try connection.withDataToSend { span throws(H2Error) in
            try connection.ping(H2PingData(1))
            _ = try connection.receiveData(FrameBuilder.goAway())
            return 1
        }
        #expect(taken == 1)
        #expect(!connection.hasDataToSend)
    }

    @Test("initiateConnection can be called inside withDataToSend")
    func initiateInside() throws {
        let connection = H2Connection(.client)
        let taken = try connection.withDataToSend { span throws(H2Error) in
            try connection.initiateConnection()
            return span.count
        }
        #expect(taken == 0)
        #expect(Array(connection.dataToSend().prefix(24)) == FrameBuilder.preface())
    }
}
