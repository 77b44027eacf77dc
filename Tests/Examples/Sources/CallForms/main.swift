// SPDX-License-Identifier: MIT

import H2

// Each way in which callers are likely to pass bytes to the library: all must compile and run.

/// The client preface, an empty SETTINGS frame and a PING.
let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]

func makeServer() throws(H2Error) -> H2Connection {
    let server = H2Connection(.server)
    try server.initiateConnection()
    return server
}

func receiveForms() throws {
    let server = try makeServer()
    var events = try server.receiveData([])
    events += try server.receiveData(Array(preface.utf8))
    events += try server.receiveData([0x00, 0x00, 0x00])
    let rest: [UInt8] = settings + ping
    events += try server.receiveData(rest[3...])
    events += try server.receiveData(ping, at: H2Instant(nanoseconds: 1))
    events += try server.receiveData(copying: ping.span)
    events += try ping.withUnsafeBytes { try server.receiveData(copying: $0) }
    precondition(events.count == 5, "expected SETTINGS and four PINGs, got \(events)")

    events.removeAll()
    try server.receiveData([], into: &events)
    try server.receiveData([0x00], into: &events)
    try server.receiveData(ping[1...], at: H2Instant(nanoseconds: 2), into: &events)
    try server.receiveData(copying: ping.span, into: &events)
    try ping.withUnsafeBytes { try server.receiveData(copying: $0, into: &events) }
    let expected = H2Event.pingReceived(.init(data: H2PingData(1, 2, 3, 4, 5, 6, 7, 8)))
    precondition(events == [expected, expected, expected], "expected three PINGs, got \(events)")
}

func headerForms() throws -> H2Connection {
    let client = H2Connection(.client)
    try client.initiateConnection()
    let literal: H2Headers = [
        ":method": "POST", ":scheme": "https", ":authority": "example.com", ":path": "/",
        "cookie": "a=1", "cookie": "b=2",
    ]
    let pairs: H2Headers = [
        (.method, "POST"), (.scheme, "https"), (.authority, "example.com"), (.path, "/"),
        (.cookie, "a=1"), ("cookie", "b=2"),
    ]
    let names = [":method", ":scheme", ":authority", ":path", "cookie", "cookie"]
    let values = ["POST", "https", "example.com", "/", "a=1", "b=2"]
    let zipped = H2Headers(zip(names, values))
    let fields = H2Headers(zip(names, values).map { H2Header($0, $1) })
    precondition(literal == pairs && pairs == zipped && zipped == fields)
    precondition(literal[":path"] == "/" && literal[all: "cookie"] == ["a=1", "b=2"])
    try client.sendHeaders(literal, on: 1)
    return client
}

func sendForms(_ client: H2Connection) throws {
    let bytes = Array("hello".utf8)
    try client.sendData([], on: 1)
    try client.sendData([0x68, 0x69], on: 1)
    try client.sendData(bytes, on: 1)
    try client.sendData(bytes[3...], on: 1, padLength: 0)
    try client.sendData(H2Bytes(bytes), on: 1, padLength: 3)
    try client.sendData(H2Bytes(copying: bytes.span), on: 1)
    try client.sendData(copying: bytes.span, on: 1)
    try bytes.withUnsafeBytes { try client.sendData(copying: $0, on: 1) }
    try client.sendData(Array("!".utf8), on: 1, endStream: true)

    // Output: in parts, and as a borrowed span.
    var output = client.dataToSend(upTo: 7)
    let sent = client.withDataToSend { span in
        for index in span.indices { output.append(span[index]) }
        return span.count
    }
    precondition(sent > 0 && !client.hasDataToSend && client.outboundByteCount == 0)

    var body: [UInt8] = []
    for case .dataReceived(let part) in try makeServer().receiveData(output) {
        body += part.data
    }
    precondition(String(decoding: body, as: UTF8.self) == "hihellolohellohellohellohello!")
}

func otherForms(_ client: H2Connection) throws {
    try client.updateSettings([.initialWindowSize: 1 << 20])
    try client.ping(H2PingData(7))
    try client.ping(H2PingData(1, 2, 3, 4, 5, 6, 7, 8))
    try client.incrementFlowControlWindow(by: 1_000)
    try client.closeConnection()
    let queued = client.outboundByteCount
    precondition(client.dataToSend().count == queued && queued == 15 + 17 + 17 + 13 + 17)
}

try receiveForms()
let client = try headerForms()
try sendForms(client)
try otherForms(client)
