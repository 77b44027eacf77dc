// SPDX-License-Identifier: MIT

import BenchSupport
import H2
import H2NIO
import NIOCore

/// Header sections of H2, built for each message or once.
struct H2Sections: Sendable {
    private let isBuilt: Bool
    private let fields: [[(H2FieldName, String)]]
    private let prebuilt: [H2Headers]

    init(_ sections: [Job.Section], _ run: Run) {
        isBuilt = run.isBuilt
        fields = sections.map { $0.map { (H2FieldName($0.name), $0.value) } }
        prebuilt = sections.map { H2Headers($0.map { ($0.name, $0.value) }) }
    }

    subscript(number: Int) -> H2Headers {
        isBuilt
            ? H2Headers(fields[number % fields.count]) : prebuilt[number % prebuilt.count]
    }
}

// MARK: The handler alone

/// The server's end of a connection that uses only `H2Handler`.
final class HandlerServer: H2HandlerDelegate {
    private let run: Run
    private let sections: H2Sections
    private var number = 0

    init(_ run: Run) {
        self.run = run
        sections = H2Sections(run.job.responses, run)
    }

    func received(_ event: H2Event, on handler: H2Handler) {
        switch event {
        case .requestReceived(let request):
            run.requests.head(fields: request.headers.count)
        case .streamEnded(let ended):
            run.requests.end()
            do {
                try handler.sendHeaders(sections[number], on: ended.streamID)
                try handler.enqueueData(run.body, on: ended.streamID, endStream: true)
            } catch {
                fail("\(error)")
            }
            number += 1
        default: break
        }
    }

    func received(_ data: H2ReceivedData, on handler: H2Handler) { fail("unexpected data") }

    func connectionEnded(_ handler: H2Handler, error: (any Error)?) {}
}

/// The client's end of a connection that uses only `H2Handler`.
final class HandlerClient: H2HandlerDelegate {
    private let run: Run
    private let done: EventLoopPromise<Void>
    private let sections: H2Sections
    private var sent = 0
    private var ended = 0

    init(_ run: Run, _ done: EventLoopPromise<Void>) {
        self.run = run
        self.done = done
        sections = H2Sections(run.job.requests, run)
    }

    func connectionStarted(_ handler: H2Handler) {
        for _ in 0..<min(run.width, run.job.operations) { request(handler) }
    }

    private func request(_ handler: H2Handler) {
        do {
            let id = try handler.withConnection { connection throws(H2Error) in
                try connection.nextAvailableStreamID()
            }
            try handler.sendHeaders(sections[sent], on: id, endStream: true)
        } catch {
            fail("\(error)")
        }
        sent += 1
    }

    func received(_ event: H2Event, on handler: H2Handler) {
        switch event {
        case .responseReceived(let response): run.responses.head(fields: response.headers.count)
        case .streamEnded:
            run.responses.end()
            ended += 1
            if sent < run.job.operations { request(handler) }
            if ended == run.job.operations { done.succeed(()) }
        default: break
        }
    }

    func received(_ data: H2ReceivedData, on handler: H2Handler) {
        run.responses.body(data.data)
        try? handler.acknowledgeReceivedData(data.flowControlledLength, on: data.streamID)
    }

    func connectionEnded(_ handler: H2Handler, error: (any Error)?) {}
}

func runHandler(_ run: Run) async throws {
    let done = run.group.any().makePromise(of: Void.self)
    _ = try await run.connect(
        client: { channel in
            try channel.pipeline.syncOperations.addHandler(
                H2Handler(.client, delegate: HandlerClient(run, done)))
        },
        server: { channel in
            try channel.pipeline.syncOperations.addHandler(
                H2Handler(.server, delegate: HandlerServer(run)))
        })
    try await done.futureResult.get()
}

// MARK: Tasks

func runAsync(_ run: Run) async throws {
    let requests = H2Sections(run.job.requests, run)
    let responses = H2Sections(run.job.responses, run)
    let (client, server) = try await run.connect(
        client: { try $0.pipeline.syncOperations.addH2Client() },
        server: { try $0.pipeline.syncOperations.addH2Server() })
    let serving = Task(executorPreference: server.executor) {
        try await server.serveHeaders { headers, _, writer in
            run.requests.head(fields: headers.count)
            run.requests.end()
            try await writer.respond(responses[0], run.body)
        }
    }
    defer { serving.cancel() }
    try await run.forEachRequest { number in
        try await client.withResponse(to: requests[number]) { response in
            run.responses.head(fields: response.head.count)
            for try await chunk in response.body { run.responses.body(chunk) }
            run.responses.end()
        }
    }
}
