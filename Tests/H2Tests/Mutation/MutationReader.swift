// SPDX-License-Identifier: MIT

import H2TestSupport

/// Reads the output of the connection under test, without the library, and reports problems.
struct MutationReader {
    /// All frames so far.
    private(set) var frames: [WireFrame] = []
    private(set) var problem: String?

    private var reader = WireReader()
    private var decoder = HPACKDecoder()
    private var open: (stream: UInt32, block: [UInt8])?

    /// Reads bytes and returns each frame, with whether it is a HEAD request.
    mutating func read(
        _ bytes: [UInt8], _ witness: inout MutationWitness
    ) -> [(frame: WireFrame, isHead: Bool)] {
        var read: [(frame: WireFrame, isHead: Bool)] = []
        for frame in reader.feed(bytes) {
            if frames.isEmpty, frame.type != .settings {
                problem = "the first frame is not SETTINGS"
            }
            frames.append(frame)
            follow(frame, &witness)
            read.append((frame, decode(frame)))
        }
        if !reader.incompleteBytes.isEmpty { problem = "a frame is incomplete" }
        return read
    }

    /// Records which settings await an acknowledgement, or were acknowledged.
    private mutating func follow(_ frame: WireFrame, _ witness: inout MutationWitness) {
        guard frame.type == .settings else { return }
        guard frame.isAck else {
            return witness.announcedTableSizes.append(MutationWitness.tableSizes(frame))
        }
        guard !witness.tableSizes.isEmpty else {
            return problem = "an unsolicited acknowledgement"
        }
        for size in witness.tableSizes.removeFirst() { decoder.sizeLimit = size }
    }

    private mutating func decode(_ frame: WireFrame) -> Bool {
        if let open, frame.type != .continuation || frame.streamID != open.stream {
            problem = "\(frame) within a field block"
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
