// SPDX-License-Identifier: MIT

/// The frame types of RFC 9113 §6, RFC 7838 §4 and RFC 9218 §7.1.
enum FrameType {
    static let data: UInt8 = 0x0
    static let headers: UInt8 = 0x1
    static let priority: UInt8 = 0x2
    static let rstStream: UInt8 = 0x3
    static let settings: UInt8 = 0x4
    static let pushPromise: UInt8 = 0x5
    static let ping: UInt8 = 0x6
    static let goAway: UInt8 = 0x7
    static let windowUpdate: UInt8 = 0x8
    static let continuation: UInt8 = 0x9
    static let alternativeService: UInt8 = 0xa
    static let priorityUpdate: UInt8 = 0x10
}

/// The frame flags of RFC 9113 §6.
enum FrameFlag {
    static let ack: UInt8 = 0x1
    static let endStream: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20
}

/// The first 9 bytes of a frame, RFC 9113 §4.1.
struct FrameHeader: Sendable {
    static let size = 9

    /// The first 8 bytes as one big-endian number: length, type, flags, and the first 3 bytes of
    /// the stream identifier.
    private(set) var word: UInt64
    /// The stream identifier, without the reserved bit.
    let streamID: UInt32

    /// The length of the payload in bytes, padding included.
    var length: Int {
        @inline(__always) get { Int(truncatingIfNeeded: word >> 40) }
        set { word = word & 0xff_ffff_ffff | UInt64(newValue) << 40 }
    }

    @inline(__always) var type: UInt8 { UInt8(truncatingIfNeeded: word >> 32) }

    var flags: UInt8 {
        @inline(__always) get { UInt8(truncatingIfNeeded: word >> 24) }
        set { word = word & ~(0xff << 24) | UInt64(newValue) << 24 }
    }

    func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

    var endsStream: Bool { has(FrameFlag.endStream) }
    var endsHeaders: Bool { has(FrameFlag.endHeaders) }
    var isAck: Bool { has(FrameFlag.ack) }

    init(length: Int, type: UInt8, flags: UInt8, streamID: UInt32) {
        let first = UInt64(length) << 40 | UInt64(type) << 32
        self.word = first | UInt64(flags) << 24 | UInt64(streamID >> 8)
        self.streamID = streamID
    }

    /// Creates a header from the first 9 bytes of a buffer.
    init(in bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count >= Self.size else {
            preconditionFailure("incomplete frame header")
        }
        unsafe self.init(base)
    }

    /// Creates a header from the 9 bytes at an address.
    init(_ bytes: UnsafeRawPointer) {
        word = unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        let last = unsafe bytes.load(fromByteOffset: 8, as: UInt8.self)
        streamID = UInt32(truncatingIfNeeded: word & 0x7f_ffff) << 8 | UInt32(last)
    }
}

extension UnsafeRawBufferPointer {
    /// Returns 4 bytes, which must be in the buffer, as a big-endian number.
    func bigEndian32(at offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

extension FrameHeader {
    /// The name of the frame's type, for error messages.
    var typeName: String {
        switch type {
        case FrameType.data: "DATA"
        case FrameType.headers: "HEADERS"
        case FrameType.priority: "PRIORITY"
        case FrameType.rstStream: "RST_STREAM"
        case FrameType.settings: "SETTINGS"
        case FrameType.pushPromise: "PUSH_PROMISE"
        case FrameType.ping: "PING"
        case FrameType.goAway: "GOAWAY"
        case FrameType.windowUpdate: "WINDOW_UPDATE"
        case FrameType.continuation: "CONTINUATION"
        case FrameType.alternativeService: "ALTSVC"
        default: "frame type 0x" + String(type, radix: 16)
        }
    }
}
