// SPDX-License-Identifier: MIT

import BenchSupport
import NIOEmbedded

/// Runs the workloads with one way of using swift-nio-http2.
struct Bench<L: Link> {
    let shared: Shared
    let loop = EmbeddedEventLoop()
    var link: L
    private var job: Job { shared.job }

    init(_ shared: Shared) throws {
        self.shared = shared
        link = try L(shared, loop)
        link.settle()
    }

    /// Runs the workload and returns its CPU seconds, and the resident bytes of M1 and M2.
    mutating func run() throws -> (Double, Int) {
        var resident = 0
        let start = cpuSeconds()
        switch job.workload {
        case "W1", "W4": try requestOneByOne()
        case "W2": try requestInBatches()
        case "W3", "W6": try transfer()
        case "W5": try connectRepeatedly()
        case "M1": resident = try holdConnections()
        case "M2": resident = try holdStreams()
        default: fail("unknown workload")
        }
        return (cpuSeconds() - start, resident)
    }

    private func requestOneByOne() throws {
        for _ in 0..<job.operations {
            try link.request()
            link.settle()
        }
    }

    private func requestInBatches() throws {
        var left = job.operations
        while left > 0 {
            let count = min(left, Job.batch)
            for _ in 0..<count { try link.request() }
            link.settle()
            left -= count
        }
    }

    private func transfer() throws {
        var left = job.operations
        while left > 0 {
            let units = min(left, job.longestBody)
            shared.requestLength = job.workload == "W6" ? units * Job.unit : 0
            shared.responseLength = job.workload == "W3" ? units * Job.unit : 0
            try link.request()
            link.settle()
            left -= units
        }
    }

    private mutating func connectRepeatedly() throws {
        for _ in 0..<job.operations {
            link = try L(shared, loop)
            link.settle()
            try link.request()
            link.settle()
            link.close()
        }
    }

    /// Opens idle connections and returns the resident bytes they take together.
    private mutating func holdConnections() throws -> Int {
        var held = [L](repeating: link, count: job.operations)
        let before = residentBytes()
        for index in held.indices {
            held[index] = try L(shared, loop)
            held[index].settle()
        }
        let after = residentBytes()
        precondition(held.allSatisfy { $0 !== link })
        return after - before
    }

    /// Opens streams that wait for a response and returns the resident bytes they take together.
    private func holdStreams() throws -> Int {
        try link.request()
        link.settle()
        let before = residentBytes()
        try requestInBatches()
        return residentBytes() - before
    }
}

@main
enum Program {
    static func main() throws {
        let shared = Shared(Job())
        let (seconds, resident): (Double, Int)
        switch shared.job.form {
        case "frames", "frames-application":
            var bench = try Bench<FrameLink>(shared)
            (seconds, resident) = try bench.run()
        case "streams", "streams-application":
            var bench = try Bench<StreamLink>(shared)
            (seconds, resident) = try bench.run()
        default: fail("unknown form")
        }
        printResult(
            shared.job, seconds: seconds, resident: resident,
            requests: shared.requestsReceived, responses: shared.responsesReceived)
    }
}
