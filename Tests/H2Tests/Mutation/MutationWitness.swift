// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Reads the input of the connection, without the library: which frames are complete, the fields of
/// each field block, and which settings await an acknowledgement.
struct MutationWitness {
    typealias Section = (stream: UInt32, fields: [HPACKDecoder.Field])

    /// The types of the frames that the last bytes completed.
    private(set) var types: [UInt8] = []
    /// The table sizes in SETTINGS frames that the connection has not acknowledged yet.
    var tableSizes: [[Int]] = []
    /// The same for SETTINGS of the connection that the peer has not acknowledged.
    var announcedTableSizes: [[Int]] = []
    /// Why the connection must have failed by now.
    private(set) var fault: String?

    /// Whether the connection may fail to decode a field block: nghttp2 may detect the error in an
    /// incomplete block, and is stricter than this decoder after the table was resized.
    var mayFail: Bool { fault != nil || open != nil || isTableResized }

    /// The type of the only frame that the last bytes completed, if they end with it.
    var onlyType: UInt8? {
        types.count == 1 && reader.incompleteBytes.isEmpty ? types.first : nil
    }

    private var reader = WireReader()
    private var decoder = HPACKDecoder()
    private var isTableResized = false
    private var sections: [Section] = []
    private var open: (stream: UInt32, block: [UInt8])?

    /// Reads bytes before the connection does.
    mutating func feed(_ bytes: [UInt8]) {
        types.removeAll(keepingCapacity: true)
        for frame in reader.feed(bytes) {
            types.append(frame.type.rawValue)
            if fault == nil { take(frame) }
        }
    }

    /// Returns whether a field block on the wire had these fields, in the order of the blocks.
    mutating func confirms(_ headers: H2Headers, on stream: UInt32) -> Bool {
        let index = sections.firstIndex {
            $0.stream == stream && Self.isEqual($0.fields, headers)
        }
        guard let index else { return false }
        sections.removeFirst(index + 1)
        return true
    }

    private mutating func take(_ frame: WireFrame) {
        let stream = frame.streamID & 0x7fff_ffff
        if frame.type == .settings { return settings(frame) }
        if let open, frame.type != .continuation || stream != open.stream {
            fault = "a field block is interrupted"
        }
        guard let piece = frame.fieldBlock else { return }
        if open == nil, frame.type == .continuation { fault = "CONTINUATION without a field block" }
        guard fault == nil, !hasTooMuchPadding(frame) else { return }
        let block = (open?.block ?? []) + piece
        guard frame.endsHeaders else { return open = (stream, block) }
        open = nil
        do throws(HPACKDecoder.Failure) {
            sections.append((stream, try decoder.decode(block)))
        } catch {
            fault = "a field block is malformed: \(error)"
        }
    }

    private mutating func settings(_ frame: WireFrame) {
        if open != nil { fault = "a field block is interrupted" }
        if frame.isAck {
            guard !announcedTableSizes.isEmpty else { return }
            for size in announcedTableSizes.removeFirst() {
                isTableResized = true
                decoder.sizeLimit = size
            }
        } else {
            tableSizes.append(Self.tableSizes(frame))
        }
    }

    /// The values of HEADER_TABLE_SIZE in a SETTINGS frame.
    static func tableSizes(_ frame: WireFrame) -> [Int] {
        (frame.settings ?? []).filter { $0.identifier == 0x1 }.map { Int($0.value) }
    }

    private func hasTooMuchPadding(_ frame: WireFrame) -> Bool {
        guard let padLength = frame.padLength else { return false }
        let fixed = 1 + (frame.type == .pushPromise ? 4 : frame.flags & 0x20 == 0 ? 0 : 5)
        return Int(padLength) + fixed > frame.payload.count
    }

    private static func isEqual(_ fields: [HPACKDecoder.Field], _ headers: H2Headers) -> Bool {
        guard fields.count == headers.count else { return false }
        for (index, field) in fields.enumerated() {
            let header = headers[index]
            guard field.neverIndexed == (header.indexing == .never),
                header.nameBytes.elementsEqual(field.name),
                header.valueBytes.elementsEqual(field.value)
            else { return false }
        }
        return true
    }
}
