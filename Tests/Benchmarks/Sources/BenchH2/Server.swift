// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// The server and its application.
struct Server<S: Shape> {
    var connection: H2Connection
    var events: [H2Event] = []
    var consumer: Consumer<S>
    /// The body length of the next response, in bytes.
    var bodyLength: Int
    private let job: Job
    private let responses: S
    private let smallBody: ArraySlice<UInt8>
    private var count = 0
    private var body: Sender

    init(_ job: Job) throws(H2Error) {
        self.job = job
        self.body = Sender(isQueued: job.isAutomatic)
        self.responses = S(job.responses)
        self.bodyLength = job.smallBody
        self.smallBody = job.block.prefix(job.smallBody)
        self.consumer = Consumer(isFull: job.isFull)
        self.connection = try Self.connect(job)
    }

    /// Returns an initiated connection with the windows and stream limit of the workload.
    static func connect(_ job: Job) throws(H2Error) -> H2Connection {
        var configuration = H2Configuration.server
        configuration.initialSettings[.maxConcurrentStreams] = UInt32(job.maxStreams)
        if job.hasWindows {
            configuration.initialSettings[.initialWindowSize] = UInt32(Job.window)
            configuration.connectionWindowSize = Job.window
        }
        if job.isAutomatic { configuration.flowControl = job.flowControl }
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        return connection
    }

    mutating func sendBody() throws(H2Error) { try body.send(job.block, by: connection) }

    mutating func act(on events: [H2Event]) throws(H2Error) {
        for event in events {
            switch event {
            case .requestReceived(let request): consumer.take(request: request.headers)
            case .dataReceived(let part): try consumer.take(part, by: connection)
            case .streamEnded(let end):
                consumer.end()
                if job.isAnswered { try respond(on: end.streamID) }
            default: break
            }
        }
    }

    private mutating func respond(on stream: H2StreamID) throws(H2Error) {
        let headers = responses[count]
        count += 1
        try connection.sendHeaders(headers, on: stream, endStream: bodyLength == 0)
        if bodyLength > smallBody.count {
            body.begin(on: stream, length: bodyLength)
        } else if bodyLength > 0 {
            try connection.sendData(smallBody, on: stream, endStream: true)
        }
    }
}
