// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOHPACK
import NIOHTTP2

/// State shared by the handlers of a run.
///
/// The handlers disable checks of exclusive access, so that SwiftNIO is not charged for them.
// Unchecked: everything runs in one thread, on one embedded event loop.
final class Shared: @unchecked Sendable {
    let job: Job
    /// Whether to build a section for each message, and to look up fields of received sections.
    let isApplication: Bool
    private let requests: [HPACKHeaders]
    private let responses: [HPACKHeaders]
    let block: ByteBuffer
    let smallBody: ByteBuffer
    @exclusivity(unchecked) var requestsReceived = Tally()
    @exclusivity(unchecked) var responsesReceived = Tally()
    @exclusivity(unchecked) private var requestCount = 0
    @exclusivity(unchecked) private var responseCount = 0
    /// Bytes of the body of the next request and of the next response.
    @exclusivity(unchecked) var requestLength = 0
    @exclusivity(unchecked) var responseLength: Int

    /// The stream that is sending a long body.
    @exclusivity(unchecked) var sender: StreamEnd?

    init(_ job: Job) {
        self.job = job
        self.isApplication = job.form.hasSuffix("-application")
        self.requests = job.requests.map(Self.section)
        self.responses = job.responses.map(Self.section)
        self.block = ByteBuffer(bytes: job.block)
        self.smallBody = ByteBuffer(bytes: job.block.prefix(job.smallBody))
        self.responseLength = job.smallBody
    }

    /// The settings to announce; for a server, including its limit on concurrent streams.
    func settings(isServer: Bool) -> HTTP2Settings {
        var settings = nioDefaultSettings
        if isServer {
            settings = settings.filter { $0.parameter != .maxConcurrentStreams }
            settings.append(.init(parameter: .maxConcurrentStreams, value: job.maxStreams))
        }
        if job.hasWindows {
            settings.append(.init(parameter: .initialWindowSize, value: Job.window))
        }
        return settings
    }

    func nextRequest() -> HPACKHeaders {
        defer { requestCount += 1 }
        let number = requestCount % requests.count
        return isApplication ? Self.section(of: job.requests[number]) : requests[number]
    }

    func nextResponse() -> HPACKHeaders {
        defer { responseCount += 1 }
        let number = responseCount % responses.count
        return isApplication ? Self.section(of: job.responses[number]) : responses[number]
    }

    private static func section(of fields: Job.Section) -> HPACKHeaders {
        var headers = HPACKHeaders()
        for (name, value) in fields { headers.add(name: name, value: value) }
        return headers
    }

    /// Looks up the fields that a server or client needs, and returns the total length of their
    /// values in bytes.
    private static func valueLength(_ headers: HPACKHeaders, isServer: Bool) -> Int {
        func length(_ name: String) -> Int { headers.first(name: name)?.utf8.count ?? 0 }
        return isServer
            ? length(":method") + length(":path") + length(":authority") + length("accept-encoding")
            : length(":status") + length("content-type") + length("content-length")
    }

    func take(_ headers: HPACKHeaders, isServer: Bool) {
        var sum = 0
        if job.isFull {
            var adler = Adler()
            for (name, value, _) in headers { adler.addField(name.utf8, value.utf8) }
            sum = Int(adler.value)
        }
        let found = isApplication ? Self.valueLength(headers, isServer: isServer) : 0
        if isServer {
            requestsReceived.fields += headers.count
            requestsReceived.fieldSum += sum
            requestsReceived.found += found
        } else {
            responsesReceived.fields += headers.count
            responsesReceived.fieldSum += sum
            responsesReceived.found += found
        }
    }

    func take(_ data: IOData, isServer: Bool) {
        guard case .byteBuffer(let buffer) = data else { fail("unexpected file region") }
        buffer.withUnsafeReadableBytes {
            if isServer {
                requestsReceived.add($0, isFull: job.isFull)
            } else {
                responsesReceived.add($0, isFull: job.isFull)
            }
        }
    }

    func end(isServer: Bool) {
        if isServer {
            requestsReceived.endMessage(isFull: job.isFull)
        } else {
            responsesReceived.endMessage(isFull: job.isFull)
        }
    }
}
