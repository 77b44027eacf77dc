// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A connection under test, its peer, and the time.
///
/// A program builds the peer's frames, and calls the connection as a correct program does. An error
/// ends the pattern: the test fails.
final class Scene {
    let connection: H2Connection
    let role: H2Configuration.Role
    /// Whether the connection is passed the time.
    private let isTimed: Bool
    /// Seconds since the start.
    private(set) var time = 0.0
    /// The identifier of the next stream that the client opens, and that the server promises.
    private var nextRequest: UInt32 = 1
    private var nextPromise: UInt32 = 2
    private var random: SplitMix
    private var events: [H2Event] = []
    private var reader = WireReader()

    init(_ variant: TrafficVariant) throws {
        var configuration = H2Configuration(variant.role)
        variant.traffic.configuration(&configuration)
        precondition(configuration.limits == H2Limits(), "a pattern has the default limits")
        connection = H2Connection(configuration)
        role = variant.role
        isTimed = variant.clock == .realistic
        random = SplitMix(seed: 14)
        try connection.initiateConnection()
        let preface = isServer ? FrameBuilder.preface() : []
        try receive(
            preface + FrameBuilder.settings(variant.traffic.settings) + FrameBuilder.settingsAck())
        drain()
    }

    var isServer: Bool { role == .server }

    /// Returns the count for optimized code; debug code is 20 times slower and uses fewer.
    func count(_ full: Int) -> Int {
        #if DEBUG
        min(full, max(1_000, full / 20))
        #else
        full
        #endif
    }

    // MARK: Time

    /// Lets time pass.
    func wait(_ seconds: Double) { time += seconds }

    /// Lets a time pass that varies by up to a half, as with people and networks.
    func waitApproximately(_ seconds: Double) {
        wait(seconds * Double.random(in: 0.5...1.5, using: &random))
    }

    /// Returns a random number in the range, which is the same in each run.
    func number(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Returns whether an event of that probability happens.
    func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }

    // MARK: Actions of the peer

    /// Makes the connection receive bytes in one call, and acknowledges their DATA.
    ///
    /// - Parameter acknowledging: Whether the program processes DATA immediately.
    @discardableResult
    func receive(_ bytes: [UInt8], acknowledging: Bool = true) throws -> [H2Event] {
        events.removeAll(keepingCapacity: true)
        let instant = isTimed ? H2Instant(nanoseconds: 1_000 + UInt64(time * 1e9)) : nil
        do throws(H2Error) {
            try connection.receiveData(bytes, at: instant, into: &events)
        } catch {
            throw Died(error: error, time: time)
        }
        for case .dataReceived(let data) in events where acknowledging {
            try connection.acknowledgeReceivedData(
                data.flowControlledLength, on: data.streamID)
        }
        return events
    }

    /// Removes and discards the output.
    func drain() { _ = connection.withDataToSend { $0.count } }

    /// Removes the output and returns its frames.
    func frames() -> [WireFrame] { reader.feed(connection.dataToSend()) }

    // MARK: Common actions of a program and its peer

    /// Opens a stream: in a server the peer does, in a client the program.
    ///
    /// - Parameter endStream: Whether the request has no body.
    func request(
        _ fields: KeyValuePairs<String, String> = [:], endStream: Bool = true
    ) throws -> H2StreamID {
        let id = nextRequest
        nextRequest += 2
        if isServer {
            try receive(requestFrame(id, fields, endStream: endStream))
        } else {
            var headers: H2Headers = [
                ":method": endStream ? "GET" : "POST", ":scheme": "https", ":authority": "a",
                ":path": "/",
            ]
            for (name, value) in fields { headers.append(name, value) }
            try connection.sendHeaders(headers, on: H2StreamID(id), endStream: endStream)
        }
        return H2StreamID(id)
    }

    /// Returns the identifier of a stream that `requestFrame` opens.
    func nextRequestID() -> UInt32 {
        defer { nextRequest += 2 }
        return nextRequest
    }

    /// Returns HEADERS of a client, to be combined with other frames.
    func requestFrame(
        _ id: UInt32, _ fields: KeyValuePairs<String, String> = [:], endStream: Bool = true
    ) -> [UInt8] {
        FrameBuilder.headers(
            id, block: (endStream ? Attacker.get : Attacker.post) + HPACKEncoder.block(fields),
            endStream: endStream)
    }

    /// Answers a stream: in a server the program does, in a client the peer.
    func respond(
        to id: H2StreamID, status: String = "200",
        _ fields: KeyValuePairs<String, String> = [:], endStream: Bool = true
    ) throws {
        if isServer {
            var headers: H2Headers = [":status": status]
            for (name, value) in fields { headers.append(name, value) }
            try connection.sendHeaders(headers, on: id, endStream: endStream)
        } else {
            try receive(
                responseFrame(id.rawValue, status: status, fields, endStream: endStream))
        }
    }

    /// Returns HEADERS of a server, to be combined with other frames.
    func responseFrame(
        _ id: UInt32, status: String = "200", _ fields: KeyValuePairs<String, String> = [:],
        endStream: Bool = true
    ) -> [UInt8] {
        FrameBuilder.headers(
            id, block: HPACKEncoder.block([(":status", status)] + fields.map { ($0, $1) }),
            endStream: endStream)
    }

    /// Sends DATA as a program does, in frames that the window and `frameSize` allow, and returns
    /// the number of bytes sent.
    @discardableResult
    func send(
        _ count: Int, on id: H2StreamID, frameSize: Int = 16_384, endStream: Bool = false
    ) throws -> Int {
        var left = count
        repeat {
            let length = min(left, frameSize, try connection.localFlowControlWindow(on: id))
            guard length > 0 || count == 0 else { break }
            left -= length
            try connection.sendData(
                [UInt8](repeating: 0, count: length), on: id,
                endStream: endStream && left == 0)
        } while left > 0
        return count - left
    }

    /// Performs an exchange whose response has a body.
    func exchange(body: Int = 1_000) throws {
        let id = try request()
        try respond(to: id, endStream: false)
        if isServer {
            try send(body, on: id, endStream: true)
            drain()
            try receive(FrameBuilder.windowUpdate(0, increment: UInt32(body)))
        } else {
            try receive(
                FrameBuilder.data(
                    id.rawValue, [UInt8](repeating: 0, count: body), endStream: true))
        }
    }

    /// Returns WINDOW_UPDATE frames of the peer, for a stream and for the connection.
    func windowUpdates(_ id: UInt32, _ increment: Int) -> [UInt8] {
        FrameBuilder.windowUpdate(id, increment: UInt32(increment))
            + FrameBuilder.windowUpdate(0, increment: UInt32(increment))
    }

    /// Thrown if a connection ends.
    struct Died: Error, CustomStringConvertible {
        let error: H2Error
        let time: Double

        var description: String {
            "the connection ended after \(time.rounded()) s: "
                + "\(error.limit.map { "\($0)" } ?? "no limit"), \(error)"
        }
    }
}
