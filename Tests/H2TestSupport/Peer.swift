// SPDX-License-Identifier: MIT

public import H2

#if canImport(Testing)
private import Testing
#endif

/// One connection, and a remote end whose bytes the test provides.
///
/// Each step checks the connection and reports a problem as an issue of the running test.
public final class Peer {
    public let connection: H2Connection

    /// Decodes the field blocks that the connection sends. Change its `sizeLimit` with each
    /// SETTINGS_HEADER_TABLE_SIZE that the remote end sends after the handshake.
    public var decoder = HPACKDecoder()

    /// The events of the handshake.
    public private(set) var handshakeEvents: [H2Event] = []

    /// The frames that the connection sent in the handshake.
    public private(set) var handshakeFrames: [WireFrame] = []

    private let cut: Cut
    private var reader = WireReader()
    private var sections: [(frame: WireFrame, fields: [HPACKDecoder.Field])] = []
    private var open: (frame: WireFrame, block: [UInt8])?

    /// The policies for malformed messages and excesses.
    public enum Policies: Sendable {
        case likeH2, asConfigured
    }

    /// Creates a connection; with `handshake`, both sides have exchanged and acknowledged SETTINGS.
    ///
    /// `settings` are those of the remote end. With `.likeH2`, a malformed message or an excess ends
    /// the connection, so that a test can check the error itself.
    public init(
        _ configuration: H2Configuration, cut: Cut = .standard, handshake: Bool = true,
        settings: [(UInt16, UInt32)] = [], policies: Policies = .likeH2
    ) throws {
        self.connection = H2Connection(
            policies == .likeH2 ? configuration.likeH2 : configuration)
        self.cut = cut
        guard handshake else { return }
        try connection.initiateConnection()
        check()
        handshakeFrames = sent()
        handshakeEvents = try receive(
            preface + FrameBuilder.settings(settings) + FrameBuilder.settingsAck())
        for (identifier, value) in settings where identifier == 0x1 {
            decoder.sizeLimit = Int(value)
        }
        handshakeFrames += sent()
    }

    /// The first bytes of the remote end: the client connection preface, or nothing.
    public var preface: [UInt8] {
        connection.configuration.role == .server ? FrameBuilder.preface() : []
    }

    /// Whether the connection sent the client connection preface.
    public var sentPreface: Bool { reader.hasPreface }

    /// Receives bytes, cut as configured, and returns the events of all pieces.
    @discardableResult
    public func receive(_ bytes: [UInt8]) throws(H2Error) -> [H2Event] {
        let result = receiveResult(bytes)
        if let error = result.error { throw error }
        return result.events
    }

    /// Receives bytes, and returns the events before an error, and the error if any.
    public func receiveResult(_ bytes: [UInt8]) -> (events: [H2Event], error: H2Error?) {
        var events: [H2Event] = []
        for piece in cut.pieces(of: bytes) {
            do throws(H2Error) {
                try connection.receiveData(piece, at: nil, into: &events)
            } catch {
                check()
                return (events, error)
            }
            check()
        }
        return (events, nil)
    }

    /// Removes and returns up to `limit` bytes of the connection's output, and decodes its field
    /// blocks. A frame that the limit cuts is returned when the rest of it is removed.
    @discardableResult
    public func sent(upTo limit: Int = .max) -> [WireFrame] {
        let frames = reader.feed(connection.dataToSend(upTo: limit))
        check()
        if limit == .max, !reader.incompleteBytes.isEmpty {
            report("a frame is cut off after \(reader.incompleteBytes.count) bytes")
        }
        for frame in frames { decode(frame) }
        return frames
    }

    /// Returns the fields of the section that begins with this HEADERS or PUSH_PROMISE frame.
    ///
    /// If equal frames were sent, returns the fields of the last one.
    public func sentHeaders(of frame: WireFrame) -> [HPACKDecoder.Field] {
        guard let section = sections.last(where: { $0.frame == frame }) else {
            report("no field section was sent with \(frame)")
            return []
        }
        return section.fields
    }

    /// Reports an issue if the connection's state differs from nghttp2's.
    public func check() {
        do throws(PairError) {
            try PairError.check(connection)
        } catch {
            report(error.text)
        }
    }

    private func decode(_ frame: WireFrame) {
        guard let block = frame.fieldBlock else {
            if open != nil { report("\(frame) within a field section") }
            return
        }
        if let first = open {
            if frame.type != .continuation || frame.streamID != first.frame.streamID {
                report("\(frame) within a field section")
            }
        } else if frame.type == .continuation {
            report("\(frame) without a field section")
        }
        let first = open?.frame ?? frame
        let whole = (open?.block ?? []) + block
        guard frame.endsHeaders else { return open = (first, whole) }
        open = nil
        do throws(HPACKDecoder.Failure) {
            sections.append((first, try decoder.decode(whole)))
        } catch {
            report("the field section of \(first) is malformed: \(error)")
        }
    }

    private func report(_ text: String) {
        #if canImport(Testing)
        Issue.record(PairError(text))
        #else
        fatalError(text)
        #endif
    }
}
