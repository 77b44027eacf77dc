// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Tasks that are cancelled, handlers that fail, and peers that vanish, at random points.
@Suite("Faults at any point")
struct FaultTests {
    @Test(arguments: UInt64(0)..<12)
    func `faults leave no streams and affect no other requests`(seed: UInt64) async throws {
        let random = SharedRandom(seed)
        try await withClient(onOneLoop: seed % 2 == 0) { request, body, writer in
            try await Faults.handle(request, body, writer, random)
        } _: { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        if number % 4 == 0 {
                            try await Faults.checkedRequest(client, length: number * 1_000)
                        } else {
                            await Faults.faultyRequest(client, random)
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await Faults.checkedRequest(client, length: 100_000)
        }
    }

    @Test(arguments: UInt64(0)..<8)
    func `a peer that vanishes ends all tasks`(seed: UInt64) async throws {
        let random = SharedRandom(seed)
        let token = LeakToken()
        try await withTimeout {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
            let channels = Mutex<[any Channel]>([])
            let (client, server) = try await connectedChannels(
                on: group,
                client: { channel in
                    channels.withLock { $0.append(channel) }
                    return try channel.pipeline.syncOperations.addH2Client()
                },
                server: { channel in
                    channels.withLock { $0.append(channel) }
                    return try channel.pipeline.syncOperations.addH2Server()
                })
            let serving = Task { [box = token.box] in
                try await server.serve { request, body, writer in
                    _ = box
                    try await Faults.handle(request, body, writer, random)
                }
            }
            await withTaskGroup { tasks in
                for _ in 0..<40 {
                    tasks.addTask { await Faults.faultyRequest(client, random) }
                }
                for _ in 0..<random.next(200) { await Task.yield() }
                let channel = channels.withLock { $0[Int(seed) % 2] }
                try? await channel.close()
            }
            _ = await serving.result
            try? await client.waitUntilClosed()
            let (left, open) = (try await server.usage(), try await client.openStreams())
            #expect(left.streams == 0)
            #expect(left.tasks == 0)
            #expect(open == 0)
            try await group.shutdownGracefully()
        }
        #expect(token.isFreed)
    }
}

/// A random generator with a fixed seed that tasks share. The order of the tasks is not fixed.
final class SharedRandom: Sendable {
    private let generator: Mutex<SplitMix>

    init(_ seed: UInt64) { generator = Mutex(SplitMix(seed: seed)) }

    /// Returns a number from 0 to `bound` - 1.
    func next(_ bound: Int) -> Int {
        generator.withLock { Int.random(in: 0..<bound, using: &$0) }
    }
}

private enum Faults {
    struct Fault: Error {}

    /// Echoes the body of `/echo`; for other requests, picks one of eight actions at random.
    static func handle(
        _ request: HTTPRequest, _ body: H2Body, _ writer: H2ResponseWriter, _ random: SharedRandom
    ) async throws {
        let choice = request.path == "/echo" ? 0 : random.next(8)
        switch choice {
        case 0:
            try await writer.head(HTTPResponse(status: .ok))
            for try await bytes in body { try await writer.write(bytes) }
            try await writer.end()
        case 1: throw Fault()
        case 2: break
        case 3: try await writer.respond(HTTPResponse(status: .ok), "early")
        case 4:
            try await writer.head(HTTPResponse(status: .ok))
            for try await _ in body { throw Fault() }
        case 5:
            try await writer.head(HTTPResponse(status: .ok))
            try await Task.sleep(for: .seconds(60))
        case 6: try await Task.sleep(for: .seconds(60))
        default:
            try await writer.head(HTTPResponse(status: .ok))
            // The response continues until the windows of the client are used up.
            while true { try await writer.write(ByteBuffer(repeating: 1, count: 20_000)) }
        }
    }

    /// Sends a request that the server must echo, whatever happens to other requests.
    static func checkedRequest(_ client: H2ClientConnection, length: Int) async throws {
        let response = try await client.response(
            to: .post("/echo"), body: ByteBuffer(repeating: 4, count: length))
        #expect(response.body.readableBytes == length)
    }

    /// Sends a request that ends early, or whose task is cancelled at a random time.
    static func faultyRequest(_ client: H2ClientConnection, _ random: SharedRandom) async {
        let task = Task {
            switch random.next(4) {
            case 0: _ = try await client.response(to: .get("/fault"), deadline: .milliseconds(5))
            case 1:
                try await client.withResponse(to: .get("/fault")) { response in
                    for try await _ in response.body where random.next(3) == 0 { break }
                }
            case 2:
                try await client.withResponse(to: HTTPRequest.post("/fault")) { writer in
                    for _ in 0..<random.next(50) {
                        try await writer.write(ByteBuffer(repeating: 2, count: 9_000))
                    }
                    if random.next(4) == 0 { throw Fault() }
                } _: { response in
                    for try await _ in response.body {}
                }
            default:
                try await client.withResponse(to: HTTPRequest.post("/fault")) { writer in
                    while true { try await writer.write(ByteBuffer(repeating: 2, count: 900)) }
                } _: { _ in
                    try await Task.sleep(for: .seconds(60))
                }
            }
        }
        for _ in 0..<random.next(300) { await Task.yield() }
        task.cancel()
        _ = await task.result
    }
}
#endif
