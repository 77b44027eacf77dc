// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// A connection that ends in a read burst releases the executor, so that later tasks run.
@Suite struct ExecutorBurstTests {
    /// Returns whether a new task of the executor runs when the event loop runs.
    private func runsTasks(_ executor: H2EventLoopExecutor, _ loop: EmbeddedEventLoop) -> Bool {
        let hasRun = Flag()
        Task(executorPreference: executor) { hasRun.set() }
        loop.run()
        return hasRun.isSet
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        func set() { value.withLock { $0 = true } }
        var isSet: Bool { value.withLock { $0 } }
    }

    @Test("a channel that closes in the flush at the end of a burst", arguments: [true, false])
    func closesInFlush(_ isInBurst: Bool) throws {
        let channel = EmbeddedChannel()
        let front = FrontHandler()
        try channel.pipeline.syncOperations.addHandler(front)
        let connection = try channel.pipeline.syncOperations.addH2Server()
        let executor = H2EventLoopExecutor.shared(for: channel.eventLoop)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
        try channel.writeInbound(
            ByteBuffer(bytes: FrameBuilder.preface() + FrameBuilder.settings()))
        #expect(runsTasks(executor, channel.embeddedEventLoop))
        front.onFlush = { $0.close(promise: nil) }
        if isInBurst {
            try channel.writeInbound(ByteBuffer(bytes: FrameBuilder.ping()))
        } else {
            // The channel ends without channelReadComplete.
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: FrameBuilder.ping()))
            channel.close(promise: nil)
        }
        for _ in 0..<3 { #expect(runsTasks(executor, channel.embeddedEventLoop)) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        withExtendedLifetime(connection) {}
    }
}
#endif
