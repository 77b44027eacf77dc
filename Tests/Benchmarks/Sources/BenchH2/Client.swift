// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// The client and its application.
struct Client<S: Shape> {
    var connection: H2Connection
    var events: [H2Event] = []
    var consumer: Consumer<S>
    /// The body length of the next request, in bytes.
    var bodyLength = 0
    private let job: Job
    private let requests: S
    private var count = 0
    private var body: Sender

    init(_ job: Job) throws(H2Error) {
        self.job = job
        self.body = Sender(isQueued: job.isAutomatic)
        self.requests = S(job.requests)
        self.consumer = Consumer(isFull: job.isFull)
        self.connection = try Self.connect(job)
    }

    /// Returns an initiated connection with the windows of the workload.
    static func connect(_ job: Job) throws(H2Error) -> H2Connection {
        var configuration = H2Configuration.client
        if job.hasWindows {
            configuration.initialSettings[.initialWindowSize] = UInt32(Job.window)
            configuration.connectionWindowSize = Job.window
        }
        if job.isAutomatic { configuration.flowControl = job.flowControl }
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        return connection
    }

    mutating func request() throws(H2Error) {
        let stream = try connection.nextAvailableStreamID()
        let headers = requests[count]
        count += 1
        try connection.sendHeaders(headers, on: stream, endStream: bodyLength == 0)
        if bodyLength > 0 { body.begin(on: stream, length: bodyLength) }
    }

    mutating func sendBody() throws(H2Error) { try body.send(job.block, by: connection) }

    mutating func act(on events: [H2Event]) throws(H2Error) {
        for event in events {
            switch event {
            case .responseReceived(let response): consumer.take(response: response.headers)
            case .dataReceived(let part): try consumer.take(part, by: connection)
            case .streamEnded: consumer.end()
            default: break
            }
        }
    }
}

extension Job {
    /// Automatic flow control that starts with the windows of W3.
    var flowControl: H2FlowControl {
        .automatic(
            H2FlowControl.Automatic(
                streamWindow: Self.window, connectionWindow: Self.window))
    }
}
