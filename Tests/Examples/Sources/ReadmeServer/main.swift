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

/// Prints a line to standard error.
func report(_ message: String) {
    let line = "server: \(message)\n"
    _ = write(2, line, line.utf8.count)
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

/// Serves a client until it closes the connection or is silent for 10 seconds.
func serve(_ tcp: Int32) throws(H2Error) {
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
        setsockopt(tcp, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    let connection = H2Connection(.server)
    defer { flush(connection, to: tcp) }  // GOAWAY, also after an error.
    try connection.initiateConnection()
    var bodies: [H2StreamID: ArraySlice<UInt8>] = [:]
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let start = ContinuousClock.now
    while flush(connection, to: tcp), case let count = read(tcp, &buffer, buffer.count), count > 0 {
        var requests: [H2StreamID: H2Headers] = [:]
        let time = H2Instant(start.duration(to: .now))
        for event in try connection.receiveData(buffer[..<count], at: time) {
            switch event {
            case .requestReceived(let request): requests[request.streamID] = request.headers
            case .dataReceived(let part):
                try connection.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
            case .streamReset(let reset):  // Nothing can be sent on this stream any more.
                requests[reset.streamID] = nil
                bodies[reset.streamID] = nil
            default: break
            }
        }
        for (stream, request) in requests {
            let isHead = request[.method] == "HEAD"
            let response: H2Headers = [(.status, "200"), (.contentType, "text/plain")]
            try connection.sendHeaders(response, on: stream, endStream: isHead)
            if !isHead { bodies[stream] = Array("This is \(request[.path] ?? "/")\n".utf8)[...] }
        }
        // What exceeds the windows waits for WINDOW_UPDATE.
        for (stream, body) in bodies {
            let rest = try send(body, on: stream, connection)
            bodies[stream] = rest.isEmpty ? nil : rest
        }
    }
    try connection.closeConnection()
}

/// Sends as much of a body as the windows allow, and returns the rest.
func send(
    _ body: ArraySlice<UInt8>, on stream: H2StreamID, _ connection: H2Connection
) throws(H2Error) -> ArraySlice<UInt8> {
    var rest = body
    while !rest.isEmpty {
        let count = min(rest.count, connection.sendableByteCount(on: stream))
        if count == 0 { break }
        try connection.sendData(rest.prefix(count), on: stream, endStream: count == rest.count)
        rest = rest.dropFirst(count)
    }
    return rest
}

// Writing to a closed socket must return an error instead of ending the process.
signal(SIGPIPE, SIG_IGN)
let port = CommandLine.arguments.dropFirst().first ?? "8080"
var hints = addrinfo()
hints.ai_socktype = streamSocket
var addresses: UnsafeMutablePointer<addrinfo>?
guard getaddrinfo("127.0.0.1", port, &hints, &addresses) == 0, let address = addresses?.pointee
else {
    report("\(port) is not a port")
    exit(1)
}
let listener = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
var yes: Int32 = 1
setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
guard bind(listener, address.ai_addr, address.ai_addrlen) == 0, listen(listener, 16) == 0 else {
    report("cannot listen on port \(port): \(String(cString: strerror(errno)))")
    exit(1)
}
report("http://127.0.0.1:\(port)")
while true {
    let tcp = accept(listener, nil, nil)
    if tcp < 0 { continue }
    do throws(H2Error) {
        try serve(tcp)
    } catch {
        report("the connection ended: \(error)")
    }
    close(tcp)
}
