// SPDX-License-Identifier: MIT

/// Parses the frames of a byte stream, without the library under test.
///
/// Skips a client connection preface at the start: no frame shorter than 5 MB starts like it.
public struct WireReader: Sendable {
    private static let preface = FrameBuilder.preface()

    private var buffer: [UInt8] = []
    private var isAtStart = true

    /// Whether the stream started with the client connection preface.
    public private(set) var hasPreface = false

    /// Creates a reader at the beginning of a stream.
    public init() {}

    /// Appends bytes, and returns the frames that are now complete.
    public mutating func feed(_ bytes: [UInt8]) -> [WireFrame] {
        buffer += bytes
        guard skipPreface() else { return [] }
        var frames: [WireFrame] = []
        var rest = buffer[...]
        while let frame = Self.frame(&rest) { frames.append(frame) }
        buffer = Array(rest)
        return frames
    }

    /// The bytes of an incomplete frame.
    public var incompleteBytes: [UInt8] { buffer }

    /// Returns the frames of a whole stream, without an incomplete frame at the end.
    public static func frames(in bytes: [UInt8]) -> [WireFrame] {
        var reader = WireReader()
        return reader.feed(bytes)
    }

    /// Returns `false` until enough bytes arrived to decide whether there is a preface.
    private mutating func skipPreface() -> Bool {
        guard isAtStart else { return true }
        if buffer.starts(with: Self.preface) {
            buffer.removeFirst(Self.preface.count)
            hasPreface = true
        } else if Self.preface.starts(with: buffer) {
            return false
        }
        isAtStart = false
        return true
    }

    private static func frame(_ rest: inout ArraySlice<UInt8>) -> WireFrame? {
        let header = Array(rest.prefix(9))
        guard header.count == 9 else { return nil }
        let length = header[0..<3].reduce(0) { $0 << 8 | Int($1) }
        guard rest.count >= 9 + length else { return nil }
        let payload = Array(rest.dropFirst(9).prefix(length))
        rest = rest.dropFirst(9 + length)
        return WireFrame(
            type: WireFrame.Kind(rawValue: header[3]), flags: header[4],
            streamID: header[5..<9].reduce(0) { $0 << 8 | UInt32($1) }, payload: payload)
    }
}
