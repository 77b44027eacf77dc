// SPDX-License-Identifier: MIT

import BenchSupport
import H2NIO
import HTTPTypes
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

typealias FrameChannel = NIOAsyncChannel<HTTP2Frame.FramePayload, HTTP2Frame.FramePayload>

/// Sends requests while `serve` runs in a task on `H2EventLoopExecutor`.
private func running(
    _ run: Run, _ serve: @escaping @Sendable () async throws -> Void,
    _ request: @escaping @Sendable (Int) async throws -> Void
) async throws {
    let executor = H2EventLoopExecutor.shared(for: run.group.any())
    let serving = Task(executorPreference: executor) { try await serve() }
    defer { serving.cancel() }
    try await run.forEachRequest(request)
}

func runMultiplexer(_ run: Run) async throws {
    let requests = HPACKSections(run.job.requests, run)
    let responses = HPACKSections(run.job.responses, run)
    let wrap: @Sendable (any Channel) -> EventLoopFuture<FrameChannel> = { channel in
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }
    let (client, server) = try await run.connect(
        client: { channel in
            try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
                mode: .client, streamInitializer: wrap)
        },
        server: { channel in
            try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
                mode: .server, streamInitializer: wrap)
        })
    try await running(run) {
        try await withThrowingDiscardingTaskGroup { group in
            for try await stream in server.inbound {
                group.addTask {
                    try await stream.executeThenClose { inbound, outbound in
                        for try await payload in inbound {
                            guard case .headers(let headers) = payload else { continue }
                            run.requests.head(fields: headers.headers.count)
                            run.requests.end()
                            try await outbound.write(
                                contentsOf: [
                                    .headers(.init(headers: responses[0])),
                                    .data(.init(data: .byteBuffer(run.body), endStream: true)),
                                ])
                        }
                    }
                }
            }
        }
    } _: { number in
        let stream = try await client.openStream(wrap)
        try await stream.executeThenClose { inbound, outbound in
            try await outbound.write(.headers(.init(headers: requests[number], endStream: true)))
            for try await payload in inbound {
                switch payload {
                case .headers(let headers):
                    run.responses.head(fields: headers.headers.count)
                case .data(let data):
                    guard case .byteBuffer(let buffer) = data.data else { fail("no buffer") }
                    run.responses.body(buffer)
                    if data.endStream { run.responses.end() }
                default: break
                }
            }
        }
    }
}

func runTypedMultiplexer(_ run: Run) async throws {
    let requests = TypedSections(run.job.requests)
    let responses = TypedSections(run.job.responses)
    typealias ServerChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias ClientChannel = NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>
    let wrap: @Sendable (any Channel) -> EventLoopFuture<ClientChannel> = { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPClientCodec())
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }
    let (client, server) = try await run.connect(
        client: { channel in
            try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
                mode: .client, streamInitializer: wrap)
        },
        server: { channel in
            try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(mode: .server) {
                channel -> EventLoopFuture<ServerChannel> in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        HTTP2FramePayloadToHTTPServerCodec())
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
        })
    try await running(run) {
        try await withThrowingDiscardingTaskGroup { group in
            for try await stream in server.inbound {
                group.addTask {
                    try await stream.executeThenClose { inbound, outbound in
                        for try await part in inbound {
                            guard case .head(let request) = part else { continue }
                            run.requests.head(fields: request.headerFields.count + 4)
                            run.requests.end()
                            try await outbound.write(
                                contentsOf: [
                                    .head(responses.response(0)), .body(run.body), .end(nil),
                                ])
                        }
                    }
                }
            }
        }
    } _: { number in
        let stream = try await client.openStream(wrap)
        try await stream.executeThenClose { inbound, outbound in
            try await outbound.write(contentsOf: [.head(requests.request(number)), .end(nil)])
            for try await part in inbound {
                switch part {
                case .head(let response):
                    run.responses.head(fields: response.headerFields.count + 1)
                case .body(let buffer): run.responses.body(buffer)
                case .end: run.responses.end()
                }
            }
        }
    }
}
