// SPDX-License-Identifier: MIT

/// A frame as received or sent, RFC 9113 §4.1, parsed without the library under test.
public struct WireFrame: Hashable, Sendable {
    /// A frame type, RFC 9113 §6; ALTSVC is from RFC 7838 §4.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let data = Kind(rawValue: 0x0)
        public static let headers = Kind(rawValue: 0x1)
        public static let priority = Kind(rawValue: 0x2)
        public static let rstStream = Kind(rawValue: 0x3)
        public static let settings = Kind(rawValue: 0x4)
        public static let pushPromise = Kind(rawValue: 0x5)
        public static let ping = Kind(rawValue: 0x6)
        public static let goAway = Kind(rawValue: 0x7)
        public static let windowUpdate = Kind(rawValue: 0x8)
        public static let continuation = Kind(rawValue: 0x9)
        public static let altSvc = Kind(rawValue: 0xa)
    }

    /// An entry of a SETTINGS frame.
    public struct Setting: Hashable, Sendable, CustomStringConvertible {
        public var identifier: UInt16
        public var value: UInt32

        public init(_ identifier: UInt16, _ value: UInt32) {
            self.identifier = identifier
            self.value = value
        }

        /// `0x4=65535`.
        public var description: String { "0x\(String(identifier, radix: 16))=\(value)" }
    }

    /// The priority fields of HEADERS and PRIORITY; the byte is the weight minus 1.
    public struct Priority: Hashable, Sendable {
        public var dependsOn: UInt32
        public var exclusive: Bool
        public var weightByte: UInt8

        public init(dependsOn: UInt32, exclusive: Bool, weightByte: UInt8) {
            self.dependsOn = dependsOn
            self.exclusive = exclusive
            self.weightByte = weightByte
        }
    }

    public var type: Kind
    public var flags: UInt8
    /// The stream, including the reserved bit.
    public var streamID: UInt32
    public var payload: [UInt8]

    public init(type: Kind, flags: UInt8 = 0, streamID: UInt32 = 0, payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.streamID = streamID
        self.payload = payload
    }

    /// The encoded frame.
    public var bytes: [UInt8] {
        FrameBuilder.raw(type: type.rawValue, flags: flags, stream: streamID, payload: payload)
    }

    /// Whether DATA or HEADERS ends its stream.
    public var endsStream: Bool { isOne(of: .data, .headers) && has(0x1) }

    /// Whether the field block ends with this frame.
    public var endsHeaders: Bool {
        isOne(of: .headers, .pushPromise, .continuation) && has(0x4)
    }

    /// Whether SETTINGS or PING is an acknowledgement.
    public var isAck: Bool { isOne(of: .settings, .ping) && has(0x1) }

    /// The error code of RST_STREAM or GOAWAY.
    public var errorCode: UInt32? {
        switch type {
        case .rstStream: number(at: 0)
        case .goAway: number(at: 4)
        default: nil
        }
    }

    /// The last stream of GOAWAY.
    public var lastStreamID: UInt32? { type == .goAway ? number(at: 0) : nil }

    /// The debug data of GOAWAY.
    public var debugData: [UInt8]? { type == .goAway ? Array(payload.dropFirst(8)) : nil }

    /// The increment of WINDOW_UPDATE.
    public var windowIncrement: UInt32? { type == .windowUpdate ? number(at: 0) : nil }

    /// The entries of SETTINGS, in order.
    public var settings: [Setting]? {
        guard type == .settings else { return nil }
        return stride(from: 0, to: payload.count / 6 * 6, by: 6).compactMap { offset in
            let identifier = UInt16(payload[offset]) << 8 | UInt16(payload[offset + 1])
            return number(at: offset + 2).map { Setting(identifier, $0) }
        }
    }

    /// The 8 bytes of PING as a big-endian number.
    public var pingValue: UInt64? {
        guard type == .ping, let high = number(at: 0), let low = number(at: 4) else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The number of padding bytes, without the pad-length byte; `nil` if the frame is not padded.
    public var padLength: UInt8? {
        isOne(of: .data, .headers, .pushPromise) && has(0x8) ? payload.first : nil
    }

    /// The content of DATA, without padding.
    public var data: [UInt8]? { type == .data ? Array(content) : nil }

    /// The priority fields of HEADERS or PRIORITY.
    public var priority: Priority? {
        guard type == .priority || (type == .headers && has(0x20)) else { return nil }
        let fields = Array(content.prefix(5))
        guard fields.count == 5, let word = Self.number(fields, at: 0) else { return nil }
        return Priority(
            dependsOn: word & 0x7fff_ffff, exclusive: word >> 31 == 1, weightByte: fields[4])
    }

    /// The stream that PUSH_PROMISE promises.
    public var promisedStreamID: UInt32? {
        type == .pushPromise ? Self.number(Array(content.prefix(4)), at: 0) : nil
    }

    /// The part of a field block in HEADERS, PUSH_PROMISE or CONTINUATION, without padding.
    public var fieldBlock: [UInt8]? {
        switch type {
        case .headers: Array(content.dropFirst(has(0x20) ? 5 : 0))
        case .pushPromise: Array(content.dropFirst(4))
        case .continuation: payload
        default: nil
        }
    }

    /// The origin of ALTSVC.
    public var altSvcOrigin: String? {
        altSvcFields.map { String(decoding: $0.origin, as: UTF8.self) }
    }

    /// The field value of ALTSVC.
    public var altSvcField: String? {
        altSvcFields.map { String(decoding: $0.field, as: UTF8.self) }
    }

    private var altSvcFields: (origin: ArraySlice<UInt8>, field: ArraySlice<UInt8>)? {
        guard type == .altSvc, payload.count >= 2 else { return nil }
        let length = Int(payload[0]) << 8 | Int(payload[1])
        let rest = payload.dropFirst(2)
        return (rest.prefix(length), rest.dropFirst(length))
    }

    /// The payload without padding.
    private var content: ArraySlice<UInt8> {
        guard let padLength else { return payload[...] }
        return payload.dropFirst().dropLast(Int(padLength))
    }

    private func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    private func isOne(of kinds: Kind...) -> Bool { kinds.contains(type) }

    private func number(at offset: Int) -> UInt32? { Self.number(payload, at: offset) }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 4 else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
