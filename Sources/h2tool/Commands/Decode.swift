// SPDX-License-Identifier: MIT

import ArgumentParser
import H2

struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the events in the bytes of one direction of a connection.",
        discussion: """
            The bytes are raw or hexadecimal. After a client preface they are read as by a server, \
            else as by a client that sent a GET on each stream: a response to HEAD may look wrong. \
            Acknowledged settings are h2tool's own. The exit status is 1 after an error.
            """)

    @Argument(help: "Where the bytes are; - is standard input.") var file = "-"

    func run() throws {
        let input = try Descriptor(opening: file == "-" ? "/dev/stdin" : file)
        var bytes: [UInt8] = []
        while let piece = try input.pull(upTo: 65_536), !piece.isEmpty { bytes += piece }
        bytes = fromHex(bytes) ?? bytes
        do {
            try replay(bytes)
        } catch {
            print("error: \(error)".printable)
            throw ExitCode.failure
        }
    }

    private func replay(_ bytes: [UInt8]) throws {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8
        let isFromClient = bytes.starts(with: preface)
        let (streams, isWhole) = streams(in: bytes.dropFirst(isFromClient ? preface.count : 0))
        let connection = try connection(isFromClient ? .server : .client)
        for id in isFromClient ? [] : streams.sorted() {
            try connection.sendHeaders(
                [":method": "GET", ":scheme": "http", ":authority": "h2tool", ":path": "/"],
                on: id, endStream: true)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            var events: [H2Event] = []
            // The events before an error are shown too.
            defer { for event in events { print(event.line.printable) } }
            try connection.receiveData(rest.prefix(16_384), into: &events)
            for case .dataReceived(let data) in events {
                // The real receiver allowed that much; of a stream that is gone nothing more comes.
                let (size, id) = (data.flowControlledLength, data.streamID)
                try? connection.acknowledgeReceivedData(size, on: id)
            }
            connection.clearOutboundDataBuffer()
            rest = rest.dropFirst(16_384)
        }
        if !isWhole { throw Failure("the input ends inside a frame") }
    }

    /// The streams of the client that there are frames of, and whether the last frame is complete.
    private func streams(in bytes: ArraySlice<UInt8>) -> (Set<H2StreamID>, isWhole: Bool) {
        var streams: Set<H2StreamID> = []
        var rest = bytes
        // A frame has a header of 9 bytes, RFC 9113 §4.1.
        while rest.count >= 9 {
            let header = rest.prefix(9).map { UInt32($0) }
            let id = header[5...].reduce(0) { $0 << 8 | $1 } & 0x7fff_ffff
            if id % 2 == 1 { streams.insert(H2StreamID(id)) }
            let length = 9 + Int(header[0] << 16 | header[1] << 8 | header[2])
            if length > rest.count { return (streams, false) }
            rest = rest.dropFirst(length)
        }
        return (streams, rest.isEmpty)
    }

    /// A connection that allows its peer everything.
    private func connection(_ role: H2Configuration.Role) throws(H2Error) -> H2Connection {
        let most = UInt32(Int32.max)
        var configuration = H2Configuration(role)
        configuration.initialSettings = [
            .headerTableSize: 1 << 20, .maxConcurrentStreams: most, .initialWindowSize: most,
            .maxFrameSize: 1 << 24 - 1, .maxHeaderListSize: 1 << 20, .enableConnectProtocol: 1,
        ]
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        try connection.incrementFlowControlWindow(by: Int(most) - 65_535)
        return connection
    }
}

/// nil if it is anything but pairs of hexadecimal digits, and white space.
func fromHex(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for byte in text where ![0x09, 0x0a, 0x0d, 0x20].contains(byte) {
        guard let value = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
        if let first = high { bytes.append(first << 4 | UInt8(value)) }
        high = high == nil ? UInt8(value) : nil
    }
    return high == nil ? bytes : nil
}
