// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
let streamSocket = Int32(SOCK_STREAM.rawValue)
#elseif canImport(Musl)
import Musl
let streamSocket = SOCK_STREAM
#else
import Darwin
let streamSocket = SOCK_STREAM
#endif
import H2

/// Prints a line to standard error, and exits.
func fail(_ message: String) -> Never {
    let line = "client: \(message)\n"
    _ = write(2, line, line.utf8.count)
    exit(1)
}

/// Writes all queued bytes. Returns false if the socket accepts no more.
@discardableResult
func flush(_ connection: H2Connection, to tcp: Int32) -> Bool {
    var rest = connection.dataToSend()[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(tcp, $0.baseAddress, $0.count) }
        if count < 0 { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

// Writing to a closed socket must return an error instead of ending the process.
signal(SIGPIPE, SIG_IGN)
guard let port = CommandLine.arguments.dropFirst().first else { fail("usage: client PORT") }
var hints = addrinfo()
hints.ai_socktype = streamSocket
var addresses: UnsafeMutablePointer<addrinfo>?
guard getaddrinfo("127.0.0.1", port, &hints, &addresses) == 0, let server = addresses?.pointee
else { fail("\(port) is not a port") }
let tcp = socket(server.ai_family, server.ai_socktype, server.ai_protocol)
guard connect(tcp, server.ai_addr, server.ai_addrlen) == 0
else { fail("cannot connect to port \(port): \(String(cString: strerror(errno)))") }

let connection = H2Connection(.client)
var buffer = [UInt8](repeating: 0, count: 65_536)
var body: [UInt8] = []
let start = ContinuousClock.now
do {
    try connection.initiateConnection()
    let stream = try connection.nextAvailableStreamID()
    let request: H2Headers = [
        (.method, "GET"), (.scheme, "http"), (.authority, "127.0.0.1:\(port)"), (.path, "/"),
    ]
    try connection.sendHeaders(request, on: stream, endStream: true)
    while flush(connection, to: tcp), case let count = read(tcp, &buffer, buffer.count), count > 0 {
        let time = H2Instant(start.duration(to: .now))
        for event in try connection.receiveData(buffer[..<count], at: time) {
            switch event {
            case .responseReceived(let response): print(response.headers)
            case .dataReceived(let part):
                body += part.data
                try connection.acknowledgeReceivedData(part.flowControlledLength, on: stream)
            case .streamEnded:
                print(String(decoding: body, as: UTF8.self))
                try connection.closeConnection()
                flush(connection, to: tcp)
                exit(0)
            case .streamReset(let reset): fail("the server reset the stream: \(reset.errorCode)")
            case .connectionTerminated(let end) where end.errorCode != .noError:
                fail("the server ended the connection: \(end.errorCode)")
            default: break
            }
        }
    }
    fail("the connection ended before the response was complete")
} catch {
    flush(connection, to: tcp)  // If the server violated the protocol, GOAWAY says how.
    fail("\(error)")
}
