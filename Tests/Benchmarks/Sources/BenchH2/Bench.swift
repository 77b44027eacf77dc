// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// Runs the workloads with both ends in one process. All state is in values reached from one local
/// variable, so that H2 is not charged for checks of exclusive access.
struct Bench<S: Shape> {
    let job: Job
    /// Whether the workload mainly transfers bodies.
    private let isBulk: Bool
    var client: Client<S>
    var server: Server<S>
    private var buffer = ReadBuffer()

    init(_ job: Job) throws(H2Error) {
        self.job = job
        self.isBulk = ["W3", "W6", "W7"].contains(job.workload)
        self.client = try Client(job)
        self.server = try Server(job)
    }

    /// Exchanges output until neither end has any.
    mutating func settle() throws(H2Error) {
        while try S.reusesMemory ? roundWithReuse() : roundWithReturns() {}
    }

    private mutating func roundWithReuse() throws(H2Error) -> Bool {
        try client.sendBody()
        let asked = try carry(
            client.connection, to: server.connection, into: &server.events, isBulk: isBulk)
        if asked {
            try server.act(on: server.events)
            server.events.removeAll(keepingCapacity: true)
        }
        try server.sendBody()
        let answered = try carry(
            server.connection, to: client.connection, into: &client.events, isBulk: isBulk)
        if answered {
            try client.act(on: client.events)
            client.events.removeAll(keepingCapacity: true)
        }
        return asked || answered
    }

    /// Exchanges output with the calls that return new arrays. It is copied into a read buffer, as
    /// from a socket.
    private mutating func roundWithReturns() throws(H2Error) -> Bool {
        try client.sendBody()
        let request = client.connection.dataToSend()
        var offset = 0
        while let received = buffer.read(request, at: &offset) {
            try server.act(on: server.connection.receiveData(received))
        }
        try server.sendBody()
        let response = server.connection.dataToSend()
        offset = 0
        while let received = buffer.read(response, at: &offset) {
            try client.act(on: client.connection.receiveData(received))
        }
        return !request.isEmpty || !response.isEmpty
    }

    mutating func requestOneByOne() throws(H2Error) {
        for _ in 0..<job.operations {
            try client.request()
            try settle()
        }
    }

    mutating func requestInBatches() throws(H2Error) {
        var left = job.operations
        while left > 0 {
            let count = min(left, Job.batch)
            for _ in 0..<count { try client.request() }
            try settle()
            left -= count
        }
    }

    mutating func requestOnce() throws(H2Error) {
        try client.request()
        try settle()
    }

    /// Sends the operations as bodies of at most `job.longestBody` units each.
    mutating func transfer() throws(H2Error) {
        var left = job.operations
        while left > 0 {
            let units = min(left, job.longestBody)
            client.bodyLength = job.workload == "W6" ? units * Job.unit : 0
            server.bodyLength = job.workload == "W6" ? 0 : units * Job.unit
            try requestOnce()
            left -= units
        }
    }

    mutating func connectRepeatedly() throws(H2Error) {
        for _ in 0..<job.operations {
            try connect()
            try requestOnce()
            try client.connection.closeConnection()
            try settle()
        }
    }

    /// Opens idle connections and returns the resident bytes they take together.
    mutating func holdConnections() throws(H2Error) -> Int {
        var held: [(H2Connection, H2Connection)] = []
        for _ in 0..<job.operations { held.append((client.connection, server.connection)) }
        let before = residentBytes()
        for index in held.indices {
            try connect()
            held[index] = (client.connection, server.connection)
        }
        let after = residentBytes()
        precondition(held.allSatisfy { $0.0.connectionState == .idle && $0.1 !== $0.0 })
        return after - before
    }

    /// Opens streams that wait for a response and returns the resident bytes they take together.
    mutating func holdStreams() throws(H2Error) -> Int {
        try requestOnce()
        let before = residentBytes()
        try requestInBatches()
        let after = residentBytes()
        precondition(server.connection.openInboundStreams == job.operations + 1)
        return after - before
    }

    private mutating func connect() throws(H2Error) {
        client.connection = try Client<S>.connect(job)
        server.connection = try Server<S>.connect(job)
        try settle()
    }
}

@main
enum Program {
    static func main() throws {
        let job = Job()
        switch job.form {
        case "blocks": try run(Bench<Prebuilt>(job))
        case "application": try run(Bench<Application>(job))
        default: fail("unknown form")
        }
    }

    private static func run<S: Shape>(_ opened: consuming Bench<S>) throws {
        var bench = opened
        let job = bench.job
        try bench.settle()

        var resident = 0
        let start = cpuSeconds()
        switch job.workload {
        case "W1", "W4": try bench.requestOneByOne()
        case "W2": try bench.requestInBatches()
        case "W3", "W6", "W7": try bench.transfer()
        case "W5": try bench.connectRepeatedly()
        case "M1": resident = try bench.holdConnections()
        case "M2": resident = try bench.holdStreams()
        default: fail("unknown workload")
        }
        let seconds = cpuSeconds() - start
        printResult(
            job, seconds: seconds, resident: resident,
            requests: bench.server.consumer.received, responses: bench.client.consumer.received)
    }
}
