// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A server that has sent the HEADERS of its responses, so that it can queue their bodies.
enum QueueingServer {
    static let initialWindowSize: UInt16 = 0x4

    /// Returns a server with these streams, which the client has ended, and with empty output.
    ///
    /// - Parameters:
    ///   - priorities: The values of the `priority` fields of the requests.
    ///   - connectionWindow: At least 65,535.
    static func peer(
        _ ids: [UInt32] = [1], _ configuration: H2Configuration = .server,
        streamWindow: UInt32 = 65_535, connectionWindow: UInt32 = 65_535,
        priorities: [UInt32: String] = [:]
    ) throws -> Peer {
        let configuration = configuration.with {
            let limit = $0.initialSettings[.maxConcurrentStreams]
            $0.initialSettings[.maxConcurrentStreams] = limit ?? UInt32(max(100, ids.count))
        }
        let peer = try Peer(configuration, settings: [(initialWindowSize, streamWindow)])
        if connectionWindow > 65_535 {
            try peer.receive(FrameBuilder.windowUpdate(0, increment: connectionWindow - 65_535))
        }
        for id in ids { try respond(on: id, of: peer, priority: priorities[id]) }
        peer.sent()
        return peer
    }

    /// Receives a request, and sends the HEADERS of its response.
    static func respond(on id: UInt32, of peer: Peer, priority: String? = nil) throws {
        var request = H2Headers.sampleRequest
        if let priority { request.append(.priority, priority) }
        try peer.receive(FrameBuilder.headers(id, block: request.block, endStream: true))
        try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
    }

    /// Returns bytes that differ from their neighbors and from those of other seeds.
    static func body(_ count: Int, seed: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8 &+ seed &* 31) }
    }
}

extension Peer {
    /// Removes the output, and returns a line for each frame: its stream and the length of its data,
    /// or its type; and whether it ends the stream.
    func outline(upTo limit: Int = .max) -> [String] { sent(upTo: limit).map(\.outline) }
}

extension WireFrame {
    /// The stream and the length of the data, or the type; and whether the frame ends the stream.
    var outline: String {
        let kind =
            switch type {
            case .data: "\(payload.count)"
            case .headers: "headers"
            case .pushPromise: "promise"
            case .ping: "ping"
            case .rstStream: "reset"
            case .settings: "settings"
            case .goAway: "goaway"
            default: "type \(type.rawValue)"
            }
        return "\(streamID): \(kind)\(endsStream ? " end" : "")"
    }
}
