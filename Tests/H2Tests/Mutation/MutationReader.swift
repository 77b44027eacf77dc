// SPDX-License-Identifier: MIT

import H2TestSupport

/// Reads what the connection under test writes, without the library, and says what is wrong.
struct MutationReader {
    /// All frames so far.
    private(set) var frames: [WireFrame] = []
    private(set) var problem: String?

    private var reader = WireReader()
    private var decoder = HPACKDecoder()
    private var open: (stream: UInt32, block: [UInt8])?

    /// Takes bytes; with each frame comes whether it is a HEAD request.
    mutating func read(
        _ bytes: [UInt8], _ witness: inout MutationWitness
    ) -> [(frame: WireFrame, isHead: Bool)] {
        var read: [(frame: WireFrame, isHead: Bool)] = []
        for frame in reader.feed(bytes) {
            if frames.isEmpty, frame.type != .settings { problem = "SETTINGS do not come first" }
            frames.append(frame)
            follow(frame, &witness)
            read.append((frame, decode(frame)))
        }
        if !reader.incompleteBytes.isEmpty { problem = "a frame is cut off" }
        return read
    }

    /// Notes which settings are to be acknowledged, or were.
    private mutating func follow(_ frame: WireFrame, _ witness: inout MutationWitness) {
        guard frame.type == .settings else { return }
        guard frame.isAck else {
            return witness.announcedTableSizes.append(MutationWitness.tableSizes(frame))
        }
        guard !witness.tableSizes.isEmpty else {
            return problem = "an acknowledgement of nothing"
        }
        for size in witness.tableSizes.removeFirst() { decoder.sizeLimit = size }
    }

    private mutating func decode(_ frame: WireFrame) -> Bool {
        if let open, frame.type != .continuation || frame.streamID != open.stream {
            problem = "\(frame) within a block"
        }
        guard let piece = frame.fieldBlock else { return false }
        let block = (open?.block ?? []) + piece
        guard frame.endsHeaders else {
            open = (frame.streamID, block)
            return false
        }
        open = nil
        do throws(HPACKDecoder.Failure) {
            let fields = try decoder.decode(block)
            return fields.contains(HPACKDecoder.Field(":method", "HEAD"))
        } catch {
            problem = "\(frame) cannot be decoded: \(error)"
            return false
        }
    }
}
