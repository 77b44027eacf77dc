// SPDX-License-Identifier: MIT

import H2TestSupport

/// Mutates valid frames.
enum MutationMutator {
    /// Makes one change to the frames, of which there is at least one.
    static func mutate(_ frames: inout [[UInt8]], _ peer: inout MutationPeer) {
        let place = peer.random.below(frames.count)
        switch peer.random.below(24) {
        case 0, 1: flipBits(&frames[place], &peer.random)
        case 2: changeLength(&frames[place], &peer.random)
        case 3: frames[place][3] = UInt8(peer.random.below(12))
        case 4: changeFlags(&frames[place], &peer.random)
        case 5, 6: changeStream(&frames[place], &peer)
        case 7: if frames.count > 1 { frames.remove(at: place) }
        case 8: frames.insert(frames[place], at: place)
        case 9: frames.insert(frames[place], at: peer.random.below(frames.count + 1))
        case 10: frames.swapAt(place, peer.random.below(frames.count))
        case 11: resize(&frames[place], by: -1 - peer.random.below(12), &peer.random)
        case 12: resize(&frames[place], by: 1 + peer.random.below(12), &peer.random)
        default: frames.insert(contentsOf: MutationAttack.frames(&peer), at: place)
        }
    }

    private static func flipBits(_ frame: inout [UInt8], _ random: inout SplitMix) {
        let reach = random.chance(50) ? 9 : frame.count
        for _ in 0...random.below(3) { frame[random.below(reach)] ^= 1 << UInt8(random.below(8)) }
    }

    /// Sets a wrong length, so that the frames after it are misread.
    private static func changeLength(_ frame: inout [UInt8], _ random: inout SplitMix) {
        let length = frame.count - 9
        let wrongLength =
            switch random.below(5) {
            case 0: 0
            case 1: max(0, length - 1 - random.below(10))
            case 2: length + 1 + random.below(20)
            case 3: 16_385 + random.below(20_000)
            default: random.below(1 << 24)
            }
        setLength(wrongLength, &frame)
    }

    private static func changeFlags(_ frame: inout [UInt8], _ random: inout SplitMix) {
        if random.chance(20) {
            frame[4] = UInt8(random.below(256))
        } else {
            frame[4] ^= random.pick([0x1, 0x4, 0x8, 0x20])
        }
    }

    private static func changeStream(_ frame: inout [UInt8], _ peer: inout MutationPeer) {
        setStream(stream(&peer), &frame)
    }

    /// Returns a stream that may be relevant.
    static func stream(_ peer: inout MutationPeer) -> UInt32 {
        switch peer.random.below(9) {
        case 0: 0
        case 1: 0x7fff_ffff
        case 2: UInt32(1 + peer.random.below(20))
        case 3: peer.highest + 1 + UInt32(peer.random.below(6))
        case 4: 0x8000_0000 | peer.highest
        case 5 where !peer.ended.isEmpty: peer.random.pick(peer.ended)
        case 6 where !peer.reset.isEmpty: peer.random.pick(peer.reset)
        default: peer.streams.isEmpty ? 1 : peer.random.pick(peer.streams).id
        }
    }

    /// Shortens or lengthens a payload, and adjusts the length.
    private static func resize(
        _ frame: inout [UInt8], by delta: Int, _ random: inout SplitMix
    ) {
        if delta < 0 {
            frame.removeLast(min(-delta, frame.count - 9))
        } else {
            frame += random.bytes(delta)
        }
        setLength(frame.count - 9, &frame)
    }

    static func setLength(_ length: Int, _ frame: inout [UInt8]) {
        for (index, shift) in [16, 8, 0].enumerated() {
            frame[index] = UInt8(truncatingIfNeeded: length >> shift)
        }
    }

    static func setStream(_ id: UInt32, _ frame: inout [UInt8]) {
        for (index, shift) in [24, 16, 8, 0].enumerated() {
            frame[5 + index] = UInt8(truncatingIfNeeded: id >> UInt32(shift))
        }
    }
}
