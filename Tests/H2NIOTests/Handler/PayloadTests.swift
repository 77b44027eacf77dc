// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Whether received payloads share the buffer that the channel read.
@Suite struct PayloadTests {
    /// A read buffer of 16 KiB of storage, with some bytes already read.
    private func buffer(_ bytes: [UInt8], capacity: Int = 16_384) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
        buffer.writeBytes([0xff, 0xff, 0xff])
        buffer.moveReaderIndex(forwardBy: 3)
        buffer.writeBytes(bytes)
        return buffer
    }

    private func server() throws -> HandlerChannel {
        let peer = try HandlerChannel(.server)
        try peer.receive(FrameBuilder.post(1))
        return peer
    }

    @Test(
        "a payload of an eighth of the storage is a slice of the read buffer",
        arguments: [2_048, 2_049, 10_000])
    func shared(_ count: Int) throws {
        let peer = try server()
        let read = buffer(FrameBuilder.ping() + FrameBuilder.data(1, pattern(count)))
        #expect(read.storageCapacity == 16_384)
        try peer.receive(read)
        let payload = try #require(peer.delegate.payloads.first)
        #expect(Array(payload.readableBytesView) == pattern(count))
        #expect(payload.address == read.address + 17 + 9)
    }

    @Test("a smaller payload is a copy", arguments: [1, 100, 2_047])
    func copied(_ count: Int) throws {
        let peer = try server()
        let read = buffer(
            FrameBuilder.data(1, pattern(count))
                + FrameBuilder.data(1, pattern(count + 1).suffix(count)))
        try peer.receive(read)
        #expect(peer.delegate.payloads.count == 2)
        for payload in peer.delegate.payloads { #expect(!payload.isInside(read)) }
        // The second copy did not overwrite the first.
        #expect(Array(peer.delegate.payloads[0].readableBytesView) == pattern(count))
        #expect(
            Array(peer.delegate.payloads[1].readableBytesView)
                == pattern(count + 1).suffix(count))
    }

    @Test("the storage of a copy that has been released is used again")
    func copiedAgain() throws {
        let peer = try server()
        peer.delegate.keepsPayloads = false
        var addresses: Set<Int> = []
        peer.delegate.onData = { data, _ in addresses.insert(data.data.address) }
        for _ in 0..<20 { try peer.receive(buffer(FrameBuilder.data(1, pattern(500)))) }
        #expect(peer.delegate.receivedByteCount == 10_000)
        #expect(addresses.count == 1)
    }

    @Test("padding is not part of the payload, whether shared or copied", arguments: [10, 4_000])
    func padded(_ count: Int) throws {
        let peer = try server()
        let read = buffer(FrameBuilder.data(1, pattern(count), padLength: 200))
        try peer.receive(read)
        let payload = try #require(peer.delegate.payloads.first)
        #expect(Array(payload.readableBytesView) == pattern(count))
        #expect(payload.isInside(read) == (count == 4_000))
        let expected = RecordingDelegate.Call.data(
            1, pattern(count), flowControlledLength: count + 201, endsStream: false)
        #expect(peer.delegate.calls.contains(expected))
    }

    @Test("a payload that the delegate writes to leaves the other payloads unchanged")
    func copyOnWrite() throws {
        let peer = try server()
        peer.delegate.onData = { data, _ in
            var own = data.data
            own.clear()
            own.writeRepeatingByte(0, count: 8_000)
        }
        try peer.receive(
            buffer(FrameBuilder.data(1, pattern(4_000)) + FrameBuilder.data(1, pattern(4_001))))
        #expect(
            peer.delegate.payloads.map { Array($0.readableBytesView) }
                == [pattern(4_000), pattern(4_001)])
    }

    @Test("a long frame that arrives in several reads is joined in one buffer")
    func joined() throws {
        let peer = try server()
        let frame = FrameBuilder.data(1, pattern(16_384), endStream: true)
        let pieces = Cut.every(1_400).pieces(of: frame)
        for piece in pieces.dropLast() {
            try peer.receive(piece)
            #expect(peer.delegate.payloads.isEmpty)
            // The handler holds the bytes; the connection does not.
            #expect(peer.handler.withConnection { $0.memory.input } == 0)
        }
        try peer.receive(pieces[pieces.count - 1])
        let payload = try #require(peer.delegate.payloads.first)
        #expect(Array(payload.readableBytesView) == pattern(16_384))
        #expect(payload.storageCapacity <= 65_536)
        #expect(peer.delegate.payloads.count == 1)
    }

    @Test("an incomplete frame keeps no read buffer")
    func keepsNoBuffer() throws {
        let peer = try server()
        var read = buffer(
            FrameBuilder.ping() + FrameBuilder.data(1, pattern(8_000)).dropLast(1))
        try peer.receive(read)
        // If the handler held the buffer, writing to it would move the bytes.
        let address = read.address
        read.setInteger(UInt8(0), at: read.readerIndex)
        #expect(read.address == address)
        try peer.receive([pattern(8_000)[7_999]])
        #expect(peer.delegate.payloads.map { Array($0.readableBytesView) } == [pattern(8_000)])
    }
}
#endif
