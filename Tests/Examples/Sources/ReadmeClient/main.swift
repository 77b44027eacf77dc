// SPDX-License-Identifier: MIT

import Glibc
import H2

// Any transport will do. Here it is a blocking TCP socket; the argument is a port of this machine.
var found: UnsafeMutablePointer<addrinfo>?
guard getaddrinfo("127.0.0.1", CommandLine.arguments.last, nil, &found) == 0,
    let server = found?.pointee,
    case let tcp = socket(server.ai_family, server.ai_socktype, 0),
    connect(tcp, server.ai_addr, server.ai_addrlen) == 0
else { fatalError("no server there") }

let connection = H2Connection(.client)
try connection.initiateConnection()
let stream = try connection.nextAvailableStreamID()
let request: H2Headers = [":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/"]
try connection.sendHeaders(request, on: stream, endStream: true)

var buffer = [UInt8](repeating: 0, count: 65_536)
let start = ContinuousClock.now
while case let output = connection.dataToSend(), send(tcp, output, output.count, 0) >= 0,
    case let count = recv(tcp, &buffer, buffer.count, 0), count > 0
{
    let time = H2Instant(start.duration(to: .now))
    for event in try connection.receiveData(buffer[..<count], at: time) {
        if case .responseReceived(let response) = event { print(response.headers) }
        if case .dataReceived(let part) = event {
            print(String(decoding: part.data, as: UTF8.self), terminator: "")
            try connection.acknowledgeReceivedData(part.flowControlledLength, on: stream)
        }
        if case .streamEnded = event { exit(0) }
        if case .streamReset(let reset) = event { fatalError("\(reset.errorCode)") }
    }
}
fatalError("the connection ended too early")
