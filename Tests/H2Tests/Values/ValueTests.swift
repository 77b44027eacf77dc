// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The small value types of the API.
@Suite struct ValueTests {
    // MARK: Names in messages

    @Test("the description of an error's kind and origin is the name of the case")
    func errorNames() {
        let kinds: [(H2Error.Kind, String)] = [
            (.protocolViolation, "protocolViolation"), (.frameTooLarge, "frameTooLarge"),
            (.frameDataMissing, "frameDataMissing"), (.tooManyStreams, "tooManyStreams"),
            (.flowControl, "flowControl"), (.streamIDTooLow, "streamIDTooLow"),
            (.noAvailableStreamID, "noAvailableStreamID"), (.noSuchStream, "noSuchStream"),
            (.streamClosed, "streamClosed"), (.invalidSettingsValue, "invalidSettingsValue"),
            (.invalidBodyLength, "invalidBodyLength"), (.notPermitted, "notPermitted"),
            (.denialOfService, "denialOfService"), (.invalidArgument, "invalidArgument"),
            (.notInitiated, "notInitiated"), (.internalError, "internalError"),
        ]
        for (kind, name) in kinds { #expect(kind.description == name) }
        #expect(H2Error.Origin.local.description == "local")
        #expect(H2Error.Origin.remote.description == "remote")
    }

    @Test("the description of a state is its name")
    func stateNames() {
        let states: [H2Connection.State] = [.idle, .open, .closed]
        #expect(states.map(\.description) == ["idle", "open", "closed"])
        #expect(
            StreamStateMachine.State.allCases.map(\.description) == [
                "idle", "reserved (local)", "reserved (remote)", "open", "half-closed (remote)",
                "half-closed (local)", "closed",
            ])
    }

    // MARK: H2Bytes

    @Test("H2Bytes is a collection with indices from 0, whatever its storage")
    func bytesCollection() {
        let array: [UInt8] = [1, 2, 3, 4, 5, 6]
        for bytes in [H2Bytes(array[2...]), H2Bytes([3, 4, 5, 6]), [3, 4, 5, 6]] {
            #expect(bytes.startIndex == 0)
            #expect(bytes.endIndex == 4)
            #expect(bytes.count == 4)
            #expect(bytes[0] == 3)
            #expect(bytes[3] == 6)
            #expect(Array(bytes) == [3, 4, 5, 6])
            #expect(Array(bytes[1..<3]) == [4, 5])
            #expect(bytes.first == 3)
            #expect(bytes.withSpan { $0.count } == 4)
            #expect(bytes.withSpan { $0[1] } == 4)
            let sum = unsafe bytes.withUnsafeBytes { unsafe $0.reduce(0) { $0 + Int($1) } }
            #expect(sum == 18)
            let length = unsafe bytes.withContiguousStorageIfAvailable { $0.count }
            #expect(length == 4)
        }
    }

    @Test("H2Bytes values are equal if their bytes are")
    func bytesEquality() {
        let array: [UInt8] = [1, 2, 3]
        #expect(H2Bytes(array[1...]) == [2, 3])
        #expect(H2Bytes(array[1...]).hashValue == H2Bytes([2, 3]).hashValue)
        #expect(H2Bytes(array) != [2, 3])
        #expect(H2Bytes() == [])
        #expect(H2Bytes().isEmpty)
        #expect(H2Bytes(copying: array.span) == H2Bytes(array))
    }

    @Test("an error thrown by a closure that borrows the bytes is rethrown")
    func bytesRethrow() {
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try H2Bytes([1]).withSpan { (_) throws(Refusal) in throw Refusal() }
        }
        #expect(throws: Refusal.self) {
            try unsafe H2Bytes([1]).withUnsafeBytes { _ in throw Refusal() }
        }
    }

    // MARK: H2Settings

    @Test("H2Settings keeps order and unknown identifiers; the last value of a repeated one counts")
    func settings() {
        let unknown = H2Settings.Identifier(rawValue: 0xf0f0)
        var settings: H2Settings = [
            .initialWindowSize: 1, unknown: 7, .maxFrameSize: 20_000, .initialWindowSize: 2,
        ]
        #expect(settings.entries.map(\.identifier) == [.initialWindowSize, unknown, .maxFrameSize])
        #expect(settings[.initialWindowSize] == 2)
        #expect(settings[unknown] == 7)
        #expect(settings[.enablePush] == nil)
        settings[unknown] = nil
        settings[.enablePush] = 0
        settings[.maxFrameSize] = 16_384
        settings[.headerTableSize] = nil
        #expect(settings == [.initialWindowSize: 2, .maxFrameSize: 16_384, .enablePush: 0])
        #expect(([:] as H2Settings).isEmpty)
        #expect(!settings.isEmpty)
    }

    @Test("§6.5.1: identifiers have their registered numbers and names")
    func settingNumbers() {
        let numbers: [(H2Settings.Identifier, UInt16, String)] = [
            (.headerTableSize, 1, "HEADER_TABLE_SIZE"), (.enablePush, 2, "ENABLE_PUSH"),
            (.maxConcurrentStreams, 3, "MAX_CONCURRENT_STREAMS"),
            (.initialWindowSize, 4, "INITIAL_WINDOW_SIZE"), (.maxFrameSize, 5, "MAX_FRAME_SIZE"),
            (.maxHeaderListSize, 6, "MAX_HEADER_LIST_SIZE"),
            (.enableConnectProtocol, 8, "ENABLE_CONNECT_PROTOCOL"),
        ]
        for (identifier, number, name) in numbers {
            #expect(identifier.rawValue == number)
            #expect("\(identifier)" == name)
        }
        #expect("\(H2Settings.Identifier(rawValue: 0xf0f0))" == "0xf0f0")
        #expect(
            "\([.enablePush: 0, .maxFrameSize: 16_384] as H2Settings)"
                == "[ENABLE_PUSH: 0, MAX_FRAME_SIZE: 16384]")
    }

    @Test("§6.5.2: settings that were never announced have the defaults of the RFC")
    func settingDefaults() {
        let view = H2Connection(.client).remoteSettings
        #expect(view.headerTableSize == 4_096)
        #expect(view.initialWindowSize == 65_535)
        #expect(view.maxFrameSize == 16_384)
        #expect(view.maxConcurrentStreams == nil)
        #expect(view.maxHeaderListSize == nil)
        #expect(!view.enableConnectProtocol)
        #expect(view.unacknowledged == [])
        #expect(H2Connection(.server).remoteSettings.enablePush)
        #expect(view[.initialWindowSize] == 65_535)
        #expect(view[H2Settings.Identifier(rawValue: 99)] == nil)
    }

    // MARK: H2PingData, H2StreamID, H2ErrorCode, H2Instant

    @Test("§6.7: ping data is eight bytes in network order")
    func pingData() {
        let data = H2PingData(0x0102_0304_0506_0708)
        #expect(data.bytes == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(H2PingData(1, 2, 3, 4, 5, 6, 7, 8) == data)
        #expect(H2PingData([1, 2, 3, 4, 5, 6, 7, 8]) == data)
        #expect(H2PingData([0, 1, 2, 3, 4, 5, 6, 7, 8].dropFirst()) == data)
        #expect(H2PingData([]) == nil)
        #expect(H2PingData([1, 2, 3, 4, 5, 6, 7]) == nil)
        #expect(H2PingData([UInt8](repeating: 0, count: 9)) == nil)
        #expect("\(data)" == "0102030405060708")
        #expect("\(H2PingData(0))" == "0000000000000000")
        #expect(H2PingData(255, 0, 0, 0, 0, 0, 0, 255).value == 0xff00_0000_0000_00ff)
    }

    @Test("§5.1.1: odd streams are the client's, even ones the server's, 0 is neither's")
    func streamID() {
        let id: H2StreamID = 7
        #expect(id.rawValue == 7)
        #expect(id == H2StreamID(7))
        #expect(id == H2StreamID(rawValue: 7))
        #expect(id.isClientInitiated && !id.isServerInitiated)
        #expect(!H2StreamID(8).isClientInitiated && H2StreamID(8).isServerInitiated)
        #expect(!H2StreamID.connection.isClientInitiated)
        #expect(!H2StreamID.connection.isServerInitiated)
        #expect(H2StreamID.connection == 0)
        #expect(H2StreamID.max == 0x7fff_ffff)
        #expect(id < 8 && H2StreamID.max > id)
        #expect("\(id)" == "7")
    }

    @Test("§7: error codes have their numbers and names, and unknown ones their number")
    func errorCodes() {
        let codes: [(H2ErrorCode, String)] = [
            (.noError, "NO_ERROR"), (.protocolError, "PROTOCOL_ERROR"),
            (.internalError, "INTERNAL_ERROR"), (.flowControlError, "FLOW_CONTROL_ERROR"),
            (.settingsTimeout, "SETTINGS_TIMEOUT"), (.streamClosed, "STREAM_CLOSED"),
            (.frameSizeError, "FRAME_SIZE_ERROR"), (.refusedStream, "REFUSED_STREAM"),
            (.cancel, "CANCEL"), (.compressionError, "COMPRESSION_ERROR"),
            (.connectError, "CONNECT_ERROR"), (.enhanceYourCalm, "ENHANCE_YOUR_CALM"),
            (.inadequateSecurity, "INADEQUATE_SECURITY"), (.http11Required, "HTTP_1_1_REQUIRED"),
        ]
        for (index, (code, name)) in codes.enumerated() {
            #expect(code.rawValue == UInt32(index))
            #expect("\(code)" == name)
        }
        #expect("\(H2ErrorCode(rawValue: 14))" == "0xe")
        #expect("\(H2ErrorCode(rawValue: .max))" == "0xffffffff")
    }

    @Test("instants are ordered by their nanoseconds")
    func instants() {
        #expect(H2Instant(nanoseconds: 1) < H2Instant(rawValue: 2))
        #expect(H2Instant(nanoseconds: 5) == H2Instant(rawValue: 5))
    }

    // MARK: H2Error

    private func error(_ bytes: [UInt8]) throws -> H2Error {
        let peer = try Peer(.server)
        return try #require(peer.receiveResult(bytes).error)
    }

    @Test("the description of an error contains kind, code, origin, stream and sizes, in one line")
    func errorDescription() throws {
        let tooLarge = try error(FrameBuilder.raw(type: 0x0, stream: 5, length: 20_000))
        #expect("\(tooLarge)".hasPrefix("frameTooLarge (FRAME_SIZE_ERROR, remote, stream 5): "))
        #expect("\(tooLarge)".hasSuffix(" (limit 16384, actual 20000)"))
        let connection = H2Connection(.client)
        let local = try #require(
            failure { () throws(H2Error) in try connection.ping(H2PingData(0)) })
        #expect("\(local)".hasPrefix("notInitiated (PROTOCOL_ERROR, local): "))
        #expect(!"\(local)".contains("\n"))
    }

    @Test("errors are equal only if all of their properties are")
    func errorEquality() throws {
        let first = try error(FrameBuilder.raw(type: 0x0, stream: 5, length: 20_000))
        let same = try error(FrameBuilder.raw(type: 0x0, stream: 5, length: 20_000))
        let otherLength = try error(FrameBuilder.raw(type: 0x0, stream: 5, length: 20_001))
        let otherStream = try error(FrameBuilder.raw(type: 0x0, stream: 7, length: 20_000))
        #expect(first == same)
        #expect(first.hashValue == same.hashValue)
        #expect(first != otherLength)
        #expect(first != otherStream)
        #expect(first.facts == otherLength.facts)
    }
}
