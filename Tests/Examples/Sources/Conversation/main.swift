// SPDX-License-Identifier: MIT

import H2

// A client and a server exchange messages in memory and make various errors. `Scripts/valgrind`
// runs this to check that everything is freed, so each part creates and releases its connections.

let requestHeaders: H2Headers = [
    (.method, "POST"), (.scheme, "https"), (.authority, "example.com"), (.path, "/upload"),
    (.userAgent, "conversation"), (.te, "trailers"),
]

/// Returns the kind of the error that `body` throws, or `nil` if it succeeds.
func kind(_ body: () throws(H2Error) -> Void) -> H2Error.Kind? {
    do throws(H2Error) {
        try body()
        return nil
    } catch {
        return error.kind
    }
}

/// Exchanges requests and responses with bodies, padding, a 103 response, and trailers both ways.
func exchange(chunk: Int, rounds: Int) throws {
    let link = try Link(chunk: chunk)
    try link.settle()
    for round in 0..<rounds {
        let stream = try link.client.nextAvailableStreamID()
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 3_000 + round)
        try link.client.sendHeaders(requestHeaders, on: stream)
        try link.client.sendData(body, on: stream)
        try link.client.sendData(body[100...], on: stream, padLength: 200)
        try link.client.sendHeaders(["x-trailer": "\(round)"], on: stream, endStream: true)

        var got = 0
        for event in try link.settle().server {
            switch event {
            case .dataReceived(let part):
                got += part.data.count
                try link.server.acknowledgeReceivedData(
                    part.flowControlledLength, on: part.streamID)
            case .streamEnded(let end):
                try link.server.sendHeaders([(.status, "103"), (.link, "</a>")], on: end.streamID)
                try link.server.sendHeaders([(.status, "200")], on: end.streamID)
                try link.server.sendData(
                    copying: body.span.extracting(0..<1_500), on: end.streamID, padLength: 1)
                try link.server.sendHeaders(
                    ["x-checksum": "\(got)"], on: end.streamID, endStream: true)
            default: break
            }
        }
        precondition(got == 2 * body.count - 100, "the body is incomplete: \(got)")
        let answer = try link.settle().client
        precondition(answer.contains(.streamEnded(.init(streamID: stream))), "\(answer)")
    }
    precondition(link.client.openOutboundStreams == 0 && link.server.openInboundStreams == 0)
}

/// Exchanges settings, PINGs, window updates and resets, and closes the connection with NO_ERROR.
func control() throws {
    let link = try Link(chunk: 9)
    try link.settle()
    try link.client.updateSettings([.initialWindowSize: 100_000, .headerTableSize: 0])
    try link.server.updateSettings([.maxFrameSize: 20_000, .maxConcurrentStreams: 3])
    try link.client.ping(H2PingData(1))
    try link.server.incrementFlowControlWindow(by: 10_000)
    try link.settle()
    try link.client.sendHeaders(requestHeaders, on: 1)
    try link.client.sendHeaders(requestHeaders, on: 3)
    try link.client.sendHeaders(requestHeaders, on: 5, endStream: true)
    let tooMany = kind { () throws(H2Error) in
        try link.client.sendHeaders(requestHeaders, on: 7)
    }
    precondition(tooMany == .tooManyStreams)
    try link.client.sendData([UInt8](repeating: 1, count: 20_000), on: 1)
    try link.settle()
    try link.client.resetStream(1, errorCode: .cancel)
    try link.server.resetStream(3, errorCode: .refusedStream)
    try link.client.sendData([1, 2, 3], on: 3)
    try link.settle()
    try link.server.sendHeaders([(.status, "204")], on: 5, endStream: true)
    try link.server.closeConnection(additionalData: Array("bye".utf8))
    let end = try link.settle().client
    let goAway = H2Event.connectionTerminated(
        .init(errorCode: .noError, lastStreamID: 5, additionalData: H2Bytes(Array("bye".utf8))))
    precondition(end.contains(goAway), "\(end)")
}

/// Misuse changes nothing; a remote error ends the connection and queues GOAWAY.
func mistakes() throws {
    let link = try Link(chunk: .max)
    try link.settle()
    let wrong: [H2Error.Kind?] = [
        kind { () throws(H2Error) in try link.client.sendData([1], on: 1) },
        kind { () throws(H2Error) in try link.client.sendHeaders(requestHeaders, on: 2) },
        kind { () throws(H2Error) in try link.client.resetStream(9) },
        kind { () throws(H2Error) in try H2Connection(.client).ping(H2PingData(0)) },
    ]
    precondition(!wrong.contains(nil), "misuse was not refused: \(wrong)")
    precondition(!link.client.hasDataToSend, "misuse changed the connection")

    let frames: [[UInt8]] = [
        [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // WINDOW_UPDATE of 0
        [0, 0, 1, 1, 5, 0, 0, 0, 1, 0xff],  // HEADERS with invalid HPACK
        [0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 1],  // DATA above the maximum frame size
        [0, 0, 1, 0, 0, 0, 0, 0, 1, 0],  // DATA on an idle stream
        [0, 0, 3, 4, 0, 0, 0, 0, 0, 1, 2, 3],  // SETTINGS of three bytes
        [0, 0, 0, 9, 4, 0, 0, 0, 1],  // CONTINUATION without HEADERS
        [0, 0, 4, 3, 0, 0, 0, 0, 7, 0, 0, 0, 0],  // RST_STREAM on an idle stream
    ]
    for frame in frames {
        let link = try Link(chunk: 1)
        try link.settle()
        var events: [H2Event] = []
        let first = kind { () throws(H2Error) in
            try link.server.receiveData(frame, into: &events)
        }
        let again = kind { () throws(H2Error) in
            try link.server.receiveData(frame, into: &events)
        }
        precondition(first != nil && first == again, "\(frame) caused \(String(describing: first))")
        let lastEvents = try link.settle().client
        guard case .connectionTerminated? = lastEvents.last else {
            preconditionFailure("\(frame) caused no GOAWAY: \(lastEvents)")
        }
    }

    // Input that is not HTTP/2, and an incomplete frame.
    let server = H2Connection(.server)
    try server.initiateConnection()
    let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    precondition(kind { () throws(H2Error) in _ = try server.receiveData(request) } != nil)
    let half = try Link(chunk: .max)
    try half.settle()
    try half.client.sendHeaders(requestHeaders, on: 1)
    try half.client.sendData([UInt8](repeating: 0, count: 10_000), on: 1)
    _ = try half.server.receiveData(half.client.dataToSend(upTo: 5_000))
}

for chunk in [1, 7, .max] { try exchange(chunk: chunk, rounds: 8) }
try control()
try mistakes()
