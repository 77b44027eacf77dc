// SPDX-License-Identifier: MIT

/// Encodes frames, valid or not, field by field and without the library under test.
///
/// RFC 9113 §4.1 and §6. Join frames with `+`.
public enum FrameBuilder {
    /// The priority fields of HEADERS and PRIORITY; the byte is the weight minus 1.
    public typealias Priority = (dependsOn: UInt32, exclusive: Bool, weightByte: UInt8)

    /// The client connection preface, RFC 9113 §3.4.
    public static func preface() -> [UInt8] { Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) }

    /// Any frame. `stream` includes the reserved bit; `length` may differ from that of the payload.
    public static func raw(
        type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8] = [],
        length: Int? = nil
    ) -> [UInt8] {
        let length = bigEndian(UInt32(truncatingIfNeeded: length ?? payload.count))
        return length.dropFirst() + [type, flags] + bigEndian(stream) + payload
    }

    /// A DATA frame, RFC 9113 §6.1.
    public static func data(
        _ stream: UInt32, _ bytes: [UInt8] = [], endStream: Bool = false, padLength: UInt8? = nil
    ) -> [UInt8] {
        raw(
            type: 0x0, flags: flags(endStream: endStream, padLength: padLength), stream: stream,
            payload: padded(bytes, padLength))
    }

    /// A HEADERS frame, RFC 9113 §6.2.
    public static func headers(
        _ stream: UInt32, block: [UInt8], endStream: Bool = false, endHeaders: Bool = true,
        padLength: UInt8? = nil, priority: Priority? = nil
    ) -> [UInt8] {
        let flags =
            flags(endStream: endStream, endHeaders: endHeaders, padLength: padLength)
            | (priority == nil ? 0 : 0x20)
        let fields = priority.map(priorityFields) ?? []
        return raw(
            type: 0x1, flags: flags, stream: stream, payload: padded(fields + block, padLength))
    }

    /// A HEADERS frame whose fields are literals, neither indexed nor Huffman-coded.
    public static func headers(
        _ stream: UInt32, _ fields: KeyValuePairs<String, String>, endStream: Bool = false
    ) -> [UInt8] {
        headers(stream, block: HPACKEncoder.block(fields), endStream: endStream)
    }

    /// A PRIORITY frame, RFC 9113 §6.3.
    public static func priority(
        _ stream: UInt32, dependsOn: UInt32 = 0, exclusive: Bool = false, weightByte: UInt8 = 15
    ) -> [UInt8] {
        raw(type: 0x2, stream: stream, payload: priorityFields((dependsOn, exclusive, weightByte)))
    }

    /// A RST_STREAM frame, RFC 9113 §6.4.
    public static func rstStream(_ stream: UInt32, code: UInt32 = 0) -> [UInt8] {
        raw(type: 0x3, stream: stream, payload: bigEndian(code))
    }

    /// A SETTINGS frame, RFC 9113 §6.5.
    public static func settings(
        _ entries: [(UInt16, UInt32)] = [], ack: Bool = false
    ) -> [UInt8] {
        let payload = entries.flatMap { identifier, value in
            bigEndian(UInt32(identifier)).dropFirst(2) + bigEndian(value)
        }
        return raw(type: 0x4, flags: ack ? 0x1 : 0, payload: payload)
    }

    /// The acknowledgement of a SETTINGS frame.
    public static func settingsAck() -> [UInt8] { settings(ack: true) }

    /// A PUSH_PROMISE frame, RFC 9113 §6.6.
    public static func pushPromise(
        _ stream: UInt32, promised: UInt32, block: [UInt8], endHeaders: Bool = true,
        padLength: UInt8? = nil
    ) -> [UInt8] {
        raw(
            type: 0x5, flags: flags(endHeaders: endHeaders, padLength: padLength), stream: stream,
            payload: padded(bigEndian(promised) + block, padLength))
    }

    /// A PING frame, RFC 9113 §6.7.
    public static func ping(_ value: UInt64 = 0, ack: Bool = false) -> [UInt8] {
        let payload =
            bigEndian(UInt32(value >> 32)) + bigEndian(UInt32(truncatingIfNeeded: value))
        return raw(type: 0x6, flags: ack ? 0x1 : 0, payload: payload)
    }

    /// A GOAWAY frame, RFC 9113 §6.8.
    public static func goAway(
        last: UInt32 = 0, code: UInt32 = 0, data: [UInt8] = []
    ) -> [UInt8] {
        raw(type: 0x7, payload: bigEndian(last) + bigEndian(code) + data)
    }

    /// A WINDOW_UPDATE frame, RFC 9113 §6.9.
    public static func windowUpdate(_ stream: UInt32, increment: UInt32) -> [UInt8] {
        raw(type: 0x8, stream: stream, payload: bigEndian(increment))
    }

    /// A CONTINUATION frame, RFC 9113 §6.10.
    public static func continuation(
        _ stream: UInt32, block: [UInt8], endHeaders: Bool = true
    ) -> [UInt8] {
        raw(type: 0x9, flags: flags(endHeaders: endHeaders), stream: stream, payload: block)
    }

    /// An ALTSVC frame, RFC 7838 §4.
    public static func altSvc(
        _ stream: UInt32, origin: String = "", field: String
    ) -> [UInt8] {
        let length = bigEndian(UInt32(origin.utf8.count)).dropFirst(2)
        return raw(
            type: 0xa, stream: stream, payload: length + Array(origin.utf8) + Array(field.utf8))
    }

    /// A PRIORITY_UPDATE frame, RFC 9218 §7.1, for `prioritized`; `stream` is 0 in a valid frame.
    public static func priorityUpdate(
        _ prioritized: UInt32, _ value: String, on stream: UInt32 = 0
    ) -> [UInt8] {
        priorityUpdate(prioritized, Array(value.utf8), on: stream)
    }

    /// A PRIORITY_UPDATE frame with a value of any bytes.
    public static func priorityUpdate(
        _ prioritized: UInt32, _ value: [UInt8], on stream: UInt32 = 0
    ) -> [UInt8] {
        raw(type: 0x10, stream: stream, payload: bigEndian(prioritized) + value)
    }

    /// A field block in a HEADERS frame and CONTINUATION frames with at most `size` bytes each.
    public static func split(
        _ stream: UInt32, block: [UInt8], every size: Int, endStream: Bool = false
    ) -> [UInt8] {
        let pieces = Cut.every(size).pieces(of: block)
        return pieces.enumerated().flatMap { index, piece in
            let isLast = index == pieces.count - 1
            return index == 0
                ? headers(stream, block: piece, endStream: endStream, endHeaders: isLast)
                : continuation(stream, block: piece, endHeaders: isLast)
        }
    }

    private static func flags(
        endStream: Bool = false, endHeaders: Bool = false, padLength: UInt8? = nil
    ) -> UInt8 {
        (endStream ? 0x1 : 0) | (endHeaders ? 0x4 : 0) | (padLength == nil ? 0 : 0x8)
    }

    private static func padded(_ bytes: [UInt8], _ padLength: UInt8?) -> [UInt8] {
        guard let padLength else { return bytes }
        return [padLength] + bytes + [UInt8](repeating: 0, count: Int(padLength))
    }

    private static func priorityFields(_ priority: Priority) -> [UInt8] {
        let bit: UInt32 = priority.exclusive ? 0x8000_0000 : 0
        return bigEndian(priority.dependsOn | bit) + [priority.weightByte]
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
