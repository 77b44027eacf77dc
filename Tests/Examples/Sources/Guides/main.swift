// SPDX-License-Identifier: MIT

import H2

// Runs the code of the articles Flow control, Stream outcomes and errors, Shutting down, and Time
// and deadlines, in a conversation of a client and a server in memory.

/// Returns up to 30,000 bytes of output.
func output(
    of connection: H2Connection, handle: ([H2Event]) throws -> Void
) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let write = { (span: Span<UInt8>) in
        let count = min(span.count, 30_000 - bytes.count)
        for index in 0..<count { bytes.append(span[index]) }
        return count
    }
    try writeOutput(of: connection, write: write, handle: handle)
    return bytes
}

/// Checks that a stream that was reset does not produce its body, even if late calls are ignored.
func checkResetStream() throws {
    var configuration = H2Configuration.server
    configuration.lateCalls = .ignored
    let server = H2Connection(configuration)
    let client = H2Connection(.client)
    try server.initiateConnection()
    try client.initiateConnection()
    let stream = try client.nextAvailableStreamID()
    try client.sendHeaders(
        [(.method, "GET"), (.scheme, "https"), (.authority, "example.com"), (.path, "/")],
        on: stream,
        endStream: true)
    try client.resetStream(stream, errorCode: .cancel)
    var count = 0
    let endless = AnyIterator<[UInt8]> {
        count += 1
        return count > 1_000 ? nil : [UInt8](repeating: 0, count: 10_000)
    }
    for case .requestReceived(let request) in try server.receiveData(client.dataToSend()) {
        try server.sendHeaders([(.status, "200")], on: request.streamID)
        try BodySender(endless, on: request.streamID, of: server).send()
    }
    precondition(count == 7, "the sender produced \(count) pieces")
}

func checkTimeout() {
    let now = H2Instant(nanoseconds: 5)
    precondition(timeout(until: nil, now: now) == -1)
    precondition(timeout(until: now, now: now) == 0)
    precondition(timeout(until: H2Instant(nanoseconds: 6), now: now) == 1)
    precondition(timeout(until: H2Instant(nanoseconds: 1_000_005), now: now) == 1)
    precondition(timeout(until: H2Instant(nanoseconds: 1_000_006), now: now) == 2)
    precondition(timeout(until: H2Instant(nanoseconds: .max), now: now) == .max)
}

func run() throws {
    var serverConfiguration = H2Configuration.server
    serverConfiguration.deadlines = serverDeadlines()
    serverConfiguration.priorities = .extensible
    var clientConfiguration = H2Configuration.client
    clientConfiguration.reportsStreamOutcomes = true
    clientConfiguration.flowControl = .automatic
    clientConfiguration.deadlines = shutdownDeadlines()
    let server = H2Connection(serverConfiguration)
    let client = H2Connection(clientConfiguration)
    try server.initiateConnection()
    try client.initiateConnection()

    var time: UInt64 = 0
    func now() -> H2Instant {
        time += 1_000_000
        return H2Instant(nanoseconds: time)
    }

    let bodyPieces = (0..<200).map { [UInt8](repeating: UInt8($0), count: 10_000) }
    var senders: [H2StreamID: BodySender] = [:]
    let requests = PendingRequests()
    var received = 0
    var isComplete = false
    var isDrained = (client: false, server: false)

    let stream = try client.nextAvailableStreamID()
    try client.sendHeaders(
        [(.method, "GET"), (.scheme, "https"), (.authority, "example.com"), (.path, "/")],
        on: stream,
        endStream: true)
    requests.add(stream) { result in
        if case .complete = result { isComplete = true }
    }

    func handleServer(_ events: [H2Event]) throws {
        for event in events {
            switch event {
            case .requestReceived(let request):
                try server.sendHeaders([(.status, "200")], on: request.streamID)
                let sender = BodySender(
                    bodyPieces.makeIterator(), on: request.streamID, of: server)
                senders[request.streamID] = sender
                try sender.send()
            case .sendQueueDrained(let drained): try senders[drained.streamID]?.send()
            default: break
            }
            if isFinished(after: [event]) { isDrained.server = true }
        }
    }
    func handleClient(_ events: [H2Event]) throws {
        for case .dataReceived(let part) in events {
            received += part.data.count
            try client.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
        }
        requests.handle(events)
        shutDown(client, after: events)
        if isFinished(after: events) { isDrained.client = true }
    }

    for _ in 0..<10_000 where !(isDrained.client && isDrained.server) {
        let toServer = try output(of: client, handle: handleClient)
        try round(server, wait: { _ in toServer }, now: now, handle: handleServer)
        let toClient = try output(of: server, handle: handleServer)
        try round(client, wait: { _ in toClient }, now: now, handle: handleClient)
        if isComplete { shutDown([server]) }
    }
    precondition(received == 2_000_000, "received \(received) bytes of the body")
    precondition(isComplete, "the request did not complete")
    precondition(isDrained == (true, true), "the connections did not drain: \(isDrained)")
}

try run()
try checkResetStream()
checkTimeout()
