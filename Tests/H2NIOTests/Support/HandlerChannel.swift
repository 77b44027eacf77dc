// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Testing

/// An `H2Handler` in an `EmbeddedChannel`, whose peer is the test.
final class HandlerChannel {
    let channel: EmbeddedChannel
    let handler: H2Handler
    let delegate = RecordingDelegate()
    let front = FrontHandler()
    private var reader = WireReader()

    /// The frames of the handshake.
    private(set) var handshakeFrames: [WireFrame] = []

    /// Creates a channel with a handler.
    ///
    /// - Parameters:
    ///   - connected: Whether the channel is active.
    ///   - handshake: Whether both sides have exchanged SETTINGS, if the channel is active.
    ///   - settings: The settings that the test sends.
    init(
        _ configuration: H2Configuration, connected: Bool = true, handshake: Bool = true,
        settings: [(UInt16, UInt32)] = []
    ) throws {
        channel = EmbeddedChannel()
        handler = H2Handler(configuration, delegate: delegate)
        try channel.pipeline.syncOperations.addHandlers([front, handler])
        guard connected else { return }
        try connect()
        guard handshake else { return }
        let preface = configuration.role == .server ? FrameBuilder.preface() : []
        try receive(preface + FrameBuilder.settings(settings) + FrameBuilder.settingsAck())
        handshakeFrames = sent()
        delegate.forget()
        front.forget()
    }

    deinit { close() }

    func connect() throws {
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
    }

    /// Closes the channel as the peer would.
    func close() { _ = try? channel.finish(acceptAlreadyClosed: true) }

    /// Receives bytes in one read burst.
    func receive(_ bytes: [UInt8]) throws { try receive(ByteBuffer(bytes: bytes)) }

    func receive(_ buffer: ByteBuffer) throws { try channel.writeInbound(buffer) }

    /// Receives pieces in one read burst.
    func receive(pieces: [[UInt8]]) {
        for piece in pieces {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: piece))
        }
        channel.pipeline.fireChannelReadComplete()
    }

    /// Returns the frames that were flushed since the last call.
    @discardableResult
    func sent() -> [WireFrame] {
        var bytes: [UInt8] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
            bytes += Array(buffer.readableBytesView)
        }
        return reader.feed(bytes)
    }

    var pipeline: ChannelPipeline { channel.pipeline }

    var hasPreface: Bool { reader.hasPreface }

    /// Runs the tasks that are scheduled for the next turn of the event loop.
    func runLoop() { channel.embeddedEventLoop.run() }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// Changes whether the channel is writable, and reports the change to the handlers.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    var isOpen: Bool { channel.isActive }

    /// The number of bytes that wait in the connection.
    var waitingByteCount: Int { handler.withConnection { $0.outboundByteCount } }
}

extension ByteBuffer {
    /// The address of the first readable byte.
    var address: Int { unsafe withUnsafeReadableBytes { Int(bitPattern: $0.baseAddress) } }

    /// Whether the first readable byte is one of those of another buffer.
    func isInside(_ other: ByteBuffer) -> Bool {
        let range = other.address..<other.address + other.readableBytes
        return range.contains(address)
    }
}

extension FrameBuilder {
    /// GET https://a/ in six bytes.
    static let getBlock: [UInt8] = [0x82, 0x87, 0x84, 0x01, 0x01, 0x61]
    /// POST https://a/ in six bytes.
    static let postBlock: [UInt8] = [0x83, 0x87, 0x84, 0x01, 0x01, 0x61]

    static func get(_ stream: UInt32) -> [UInt8] {
        headers(stream, block: getBlock, endStream: true)
    }

    static func post(_ stream: UInt32) -> [UInt8] { headers(stream, block: postBlock) }

    static func response(_ stream: UInt32, endStream: Bool = false) -> [UInt8] {
        headers(stream, [":status": "200"], endStream: endStream)
    }
}

/// Returns `count` bytes in a pattern that repeats after 256 bytes.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }
#endif
