// SPDX-License-Identifier: MIT

import H2

// Runs the code of the articles Flow control, Stream outcomes and errors, Shutting down, and Time
// and deadlines, in a conversation of a client and a server in memory.

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

    for _ in 0..<10_000 where !(isDrained.client && isDrained.server) {
        let toServer = client.dataToSend(upTo: 30_000)
        for event in try round(server, wait: { _ in toServer }, now: now) {
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
        let toClient = server.dataToSend(upTo: 30_000)
        for case .sendQueueDrained(let drained) in server.takeEvents() {
            try senders[drained.streamID]?.send()
        }
        let events = try round(client, wait: { _ in toClient }, now: now)
        for case .dataReceived(let part) in events {
            received += part.data.count
            try client.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
        }
        requests.handle(events)
        if isFinished(after: events) { isDrained.client = true }
        if isComplete { shutDown([client, server]) }
        if isFinished(after: client.takeEvents()) { isDrained.client = true }
        if isFinished(after: server.takeEvents()) { isDrained.server = true }
    }
    precondition(received == 2_000_000, "received \(received) bytes of the body")
    precondition(isComplete, "the request did not complete")
    precondition(isDrained == (true, true), "the connections did not drain: \(isDrained)")
}

try run()
