// SPDX-License-Identifier: MIT

import H2TestSupport

/// Changes an input of `FuzzWire` frame by frame, so that the result can still be parsed as frames:
/// blind changes seldom get past a wrong length or a broken field block.
struct WireMutator {
    private var random: SplitMix
    /// Whether the peer that sends the bytes is a server.
    private let isServer: Bool

    init(_ random: SplitMix, isServer: Bool) {
        self.random = random
        self.isServer = isServer
    }

    mutating func mutate(_ input: [UInt8]) -> [UInt8] {
        let headCount = FuzzWire.headCount(of: input)
        guard input.count > headCount else { return input + [0] }
        var head = Array(input.prefix(headCount))
        var rest = input.dropFirst(head.count)
        if random.chance(5) { head[random.below(head.count)] = UInt8(random.below(256)) }
        let preface = FrameBuilder.preface()
        if rest.starts(with: preface) {
            head += preface
            rest = rest.dropFirst(preface.count)
        }
        var (frames, tail) = Self.split(rest)
        repeat {
            change(&frames)
        } while random.chance(40)
        return head + frames.joined() + tail
    }

    /// Splits complete frames off the front.
    private static func split(_ bytes: ArraySlice<UInt8>) -> (frames: [[UInt8]], tail: [UInt8]) {
        var frames: [[UInt8]] = []
        var rest = bytes
        while rest.count >= 9 {
            let length = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 9 + length else { break }
            frames.append(Array(rest.prefix(9 + length)))
            rest = rest.dropFirst(9 + length)
        }
        return (frames, Array(rest))
    }

    private mutating func change(_ frames: inout [[UInt8]]) {
        guard !frames.isEmpty, !random.chance(25) else {
            let place = random.below(frames.count + 1)
            return frames.insert(fresh(after: frames[..<place]), at: place)
        }
        let place = random.below(frames.count)
        switch random.below(16) {
        case 0: frames.remove(at: place)
        case 1: frames.insert(frames[place], at: random.below(frames.count + 1))
        case 2: frames.swapAt(place, random.below(frames.count))
        case 3:
            let copies = [[UInt8]](repeating: frames[place], count: 2 + random.below(30))
            frames.insert(contentsOf: copies, at: place)
        case 4: frames[place][3] = UInt8(random.below(12))
        case 5: frames[place][4] ^= random.pick([0x1, 0x4, 0x8, 0x20])
        case 6:
            let id = stream(after: frames[..<place])
            frames[place].replaceSubrange(5..<9, with: bigEndian(id))
        case 7: frames[place][2] = UInt8(random.below(256))
        case 8, 9, 10: changePayload(&frames[place])
        case 11: splitBlock(&frames, at: place)
        case 12: changeNumber(&frames[place])
        case 13: pad(&frames[place])
        default:
            // A different field block for the same frame.
            guard [0x1, 0x5, 0x9].contains(frames[place][3]) else {
                return frames[place] = fresh(after: frames[..<place])
            }
            setPayload(&frames[place], prefix(of: frames[place]) + block())
        }
    }

    /// Changes the payload with libFuzzer's own mutations.
    private mutating func changePayload(_ frame: inout [UInt8]) {
        let payload = Array(frame.dropFirst(9))
        setPayload(&frame, Fuzzer.mutateBytes(payload, limit: payload.count + 40))
    }

    private func setPayload(_ frame: inout [UInt8], _ payload: [UInt8]) {
        frame = Array(bigEndian(UInt32(payload.count)).dropFirst() + frame[3..<9]) + payload
    }

    /// Returns the bytes before the field block in HEADERS or PUSH_PROMISE, with a pad length of 0.
    private func prefix(of frame: [UInt8]) -> [UInt8] {
        let padding = frame[4] & 0x8 != 0 && frame[3] != 0x9 ? 1 : 0
        let fixed =
            switch frame[3] {
            case 0x1 where frame[4] & 0x20 != 0: 5
            case 0x5: 4
            default: 0
            }
        let bytes = Array(frame.dropFirst(9).prefix(padding + fixed))
        // The caller drops the padding.
        return padding == 0 || bytes.isEmpty ? bytes : [0] + bytes.dropFirst()
    }

    private mutating func splitBlock(_ frames: inout [[UInt8]], at place: Int) {
        let frame = frames[place]
        guard [0x1, 0x5, 0x9].contains(frame[3]), frame[4] & 0x8 == 0, frame.count > 10 else {
            return changePayload(&frames[place])
        }
        let size = prefix(of: frame).count + random.below(frame.count - 9)
        let payload = frame.dropFirst(9)
        setPayload(&frames[place], Array(payload.prefix(size)))
        frames[place][4] &= ~0x4
        let id = frame[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
        frames.insert(
            FrameBuilder.continuation(
                id, block: Array(payload.dropFirst(size)), endHeaders: frame[4] & 0x4 != 0),
            at: place + 1)
    }

    /// Writes a number into the payload if it has room for one.
    private mutating func changeNumber(_ frame: inout [UInt8]) {
        guard frame.count >= 13 else { return changePayload(&frame) }
        let start = frame[3] == 0x4 && frame.count >= 15 ? 11 : 9
        frame.replaceSubrange(start..<start + 4, with: bigEndian(number()))
    }

    private mutating func pad(_ frame: inout [UInt8]) {
        guard [0x0, 0x1, 0x5].contains(frame[3]), frame[4] & 0x8 == 0 else {
            return changePayload(&frame)
        }
        let length = UInt8(random.pick([0, 1, 20, 255]))
        frame[4] |= 0x8
        let zeros = [UInt8](repeating: 0, count: Int(length))
        setPayload(&frame, [length] + frame.dropFirst(9) + zeros)
    }

    /// Returns a limit, or a number next to one.
    private mutating func number() -> UInt32 {
        random.pick([
            0, 1, 2, 100, 0x3fff, 0x4000, 0x4001, 0xffff, 0x10000, 0xff_ffff, 0x100_0000,
            0x7fff_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, UInt32(random.below(5_000)),
        ])
    }

    /// Returns a stream, usually one that is open after these frames, or the next one.
    private mutating func stream(after frames: ArraySlice<[UInt8]>) -> UInt32 {
        var highest: UInt32 = 0
        var open: [UInt32] = []
        for frame in frames {
            let id = frame[5..<9].reduce(0) { $0 << 8 | UInt32($1) }
            highest = max(highest, id)
            if frame[3] == 0x1, frame[4] & 0x1 == 0 { open.append(id) }
            if frame[3] == 0x3 || frame[4] & 0x1 != 0 { open.removeAll { $0 == id } }
        }
        switch random.below(12) {
        case 0: return 0
        case 1: return number()
        case 2, 3: return 1 + UInt32(random.below(12))
        case 4, 5: return (highest &+ 1) | 1
        case 6: return (highest &+ 2) & ~1
        default: return open.isEmpty ? max(highest, 1) : random.pick(open)
        }
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    // MARK: New frames

    /// Returns a frame that could follow these frames.
    private mutating func fresh(after frames: ArraySlice<[UInt8]>) -> [UInt8] {
        let id = stream(after: frames)
        let endStream = random.chance(40)
        switch random.below(14) {
        case 0, 1, 2:
            let size = random.pick([0, 1, 30, 1_024, 1_025, 16_384])
            return FrameBuilder.data(
                id, [UInt8](repeating: 1, count: size), endStream: endStream,
                padLength: random.chance(30) ? UInt8(random.below(256)) : nil)
        case 3, 4, 5, 6:
            return FrameBuilder.headers(
                id, block: block(), endStream: endStream, endHeaders: random.chance(85))
        case 7: return FrameBuilder.rstStream(id, code: UInt32(random.below(16)))
        case 8:
            let identifier = UInt16(1 + random.below(9))
            return FrameBuilder.settings([(identifier, number())], ack: random.chance(10))
        case 9: return FrameBuilder.settingsAck()
        case 10: return FrameBuilder.windowUpdate(id, increment: number())
        case 11:
            return FrameBuilder.pushPromise(
                id, promised: random.chance(50) ? stream(after: frames) : 2, block: block())
        case 12:
            return FrameBuilder.raw(
                type: UInt8(random.below(12)), flags: UInt8(random.below(256)), stream: id,
                payload: random.bytes(random.below(40)))
        default:
            return random.pick([
                FrameBuilder.ping(random.next()), FrameBuilder.ping(2, ack: true),
                FrameBuilder.goAway(last: id, code: 0), FrameBuilder.priority(id),
                FrameBuilder.altSvc(id, field: "h2"), FrameBuilder.priorityUpdate(id, "u=1, i"),
                FrameBuilder.continuation(id, block: block()),
            ])
        }
    }

    /// Returns a field block, usually a valid one.
    private mutating func block() -> [UInt8] {
        var encoder = HPACKEncoder()
        if random.chance(10) { encoder.sizeUpdate(random.pick([0, 50, 1_000, 4_096, 5_000])) }
        let start: [(String, String)] =
            switch random.below(10) {
            case 0: [("checksum", "0")]
            case 1: []
            case _ where isServer:
                [(":status", random.pick(["200", "200", "100", "103", "204", "304"]))]
            case 2: [(":method", "CONNECT"), (":authority", "a:1")]
            default:
                [
                    (":method", random.pick(["GET", "POST", "HEAD"])), (":scheme", "https"),
                    (":authority", "a"), (":path", "/"),
                ]
            }
        for (name, value) in start { add(name, value, &encoder) }
        for _ in 0..<random.below(4) {
            switch random.below(8) {
            case 0: encoder.indexed(random.pick([1, 2, 8, 61, 62, 63, 64, 70, 127, 128, 1_000]))
            case 1:
                encoder.literal(
                    nameIndex: random.pick([1, 28, 62, 63, 80]), value: random.bytes(4),
                    random.pick([.incremental, .without, .never]))
            case 2: add("content-length", random.pick(["0", "1", "30", "x", "1024"]), &encoder)
            case 3: add("cookie", "a=\(random.below(9))", &encoder)
            case 4:
                let size = random.pick([100, 1_000, 4_000, 16_000])
                add("x-long", String(repeating: "x", count: size), &encoder)
            case 5: encoder.raw(random.bytes(1 + random.below(6)))
            default: add("x-\(random.below(3))", "\(random.below(3))", &encoder)
            }
        }
        return encoder.bytes
    }

    private mutating func add(_ name: String, _ value: String, _ encoder: inout HPACKEncoder) {
        encoder.literal(
            name, value, random.pick([.incremental, .without, .without, .never]),
            huffman: random.chance(30))
    }
}
