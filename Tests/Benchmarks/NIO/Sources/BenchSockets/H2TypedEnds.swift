// SPDX-License-Identifier: MIT

import BenchSupport
import H2NIO
import HTTPTypes
import NIOCore

/// Header sections from which a message of swift-http-types is built for each request and response.
struct TypedSections: Sendable {
    private let pseudo: [[String: String]]
    private let fields: [[(name: HTTPField.Name, value: String)]]

    init(_ sections: [Job.Section]) {
        pseudo = sections.map { section in
            Dictionary(
                uniqueKeysWithValues: section.lazy.filter { $0.name.hasPrefix(":") }.map {
                    ($0.name, $0.value)
                })
        }
        fields = sections.map { section in
            section.filter { !$0.name.hasPrefix(":") }.map {
                guard let name = HTTPField.Name($0.name) else { fail("not a name: \($0.name)") }
                return (name, $0.value)
            }
        }
    }

    func request(_ number: Int) -> HTTPRequest {
        let number = number % fields.count
        var request = HTTPRequest(
            method: .get, scheme: pseudo[number][":scheme"],
            authority: pseudo[number][":authority"], path: pseudo[number][":path"])
        request.headerFields = section(number)
        return request
    }

    func response(_ number: Int) -> HTTPResponse {
        HTTPResponse(status: .ok, headerFields: section(number % fields.count))
    }

    private func section(_ number: Int) -> HTTPFields {
        var section = HTTPFields()
        section.reserveCapacity(fields[number].count)
        for (name, value) in fields[number] { section.append(HTTPField(name: name, value: value)) }
        return section
    }
}

func runTypes(_ run: Run) async throws {
    let requests = TypedSections(run.job.requests)
    let responses = TypedSections(run.job.responses)
    let (client, server) = try await run.connect(
        client: { try $0.pipeline.syncOperations.addH2Client() },
        server: { try $0.pipeline.syncOperations.addH2Server() })
    let serving = Task(executorPreference: server.executor) {
        try await server.serve { request, _, writer in
            run.requests.head(fields: request.headerFields.count + 4)
            run.requests.end()
            try await writer.respond(responses.response(0), run.body)
        }
    }
    defer { serving.cancel() }
    try await run.forEachRequest { number in
        try await client.withResponse(to: requests.request(number)) { response in
            run.responses.head(fields: response.head.headerFields.count + 1)
            for try await chunk in response.body { run.responses.body(chunk) }
            run.responses.end()
        }
    }
}
