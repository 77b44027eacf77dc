// SPDX-License-Identifier: MIT

import H2TestSupport

/// Frames that violate one rule on purpose, which random changes rarely do.
enum MutationAttack {
    /// Returns frames to insert between valid ones.
    static func frames(_ peer: inout MutationPeer) -> [[UInt8]] {
        switch peer.random.below(24) {
        case 0, 18, 20: tooManyStreams(&peer)
        case 1: tooLargeList(&peer)
        case 2: skippedStream(&peer)
        case 3, 19, 21, 22: endedStream(&peer)
        case 4: badSetting(&peer)
        case 5, 6: windowOverflow(&peer)
        case 7: tooMuchData(&peer)
        case 8: wrongBodyLength(&peer)
        case 9: tooLargeFrame(&peer)
        case 10: wrongFixedLength(&peer)
        case 11: idleStream(&peer)
        case 12: badBlock(&peer)
        case 13: continuations(&peer)
        case 14: resetStream(&peer)
        case 15: promise(&peer)
        case 16: badMessage(&peer)
        default: [noise(&peer)]
        }
    }

    /// Opens streams up to the limit that was acknowledged, and beyond.
    private static func tooManyStreams(_ peer: inout MutationPeer) -> [[UInt8]] {
        guard peer.maxStreams < 8 else { return tooMuchData(&peer) }
        var frames: [[UInt8]] = []
        let count = peer.maxStreams - peer.openCount + 1
        for _ in 0..<max(1, count) {
            if peer.isClient {
                frames += peer.section(on: nextStream(&peer), request, endStream: false)
            } else if let parent = peer.streams.first(where: { $0.id & 1 == 1 && !$0.isEnded }) {
                frames += peer.promise(on: parent.id)
                frames += peer.section(on: peer.highest, [(":status", "200")], endStream: false)
            }
        }
        return frames + [peer.ping()]
    }

    private static let request: [MutationFieldCoder.Field] = [
        (":method", "POST"), (":scheme", "https"), (":authority", "example.com"), (":path", "/"),
    ]

    private static func nextStream(_ peer: inout MutationPeer) -> UInt32 {
        peer.highest += peer.highest == 0 ? 1 : 2
        return peer.highest
    }

    /// Sends a header list that exceeds the announced size, in a small field block.
    private static func tooLargeList(_ peer: inout MutationPeer) -> [[UInt8]] {
        let live = peer.streams.first { $0.id & 1 == 1 && !$0.isEnded }?.id
        let id = peer.isClient ? nextStream(&peer) : live ?? MutationMutator.stream(&peer)
        let block = peer.coder.bomb(min(peer.listLimit, 70_000), &peer.random)
        return peer.frames(of: block, on: id, endStream: false)
    }

    /// Uses a stream that was skipped.
    private static func skippedStream(_ peer: inout MutationPeer) -> [[UInt8]] {
        if peer.isClient {
            let first = peer.highest == 0 ? 1 : peer.highest + 2
            return peer.request(skipping: 2)
                + peer.section(on: first, request, endStream: true)
        }
        guard let parent = peer.streams.first(where: { $0.id & 1 == 1 && !$0.isEnded }) else {
            return peer.section(on: peer.highestOfConnection + 2, request, endStream: true)
        }
        let skipped = peer.highest + 2
        return peer.promise(on: parent.id, skipping: 1)
            + peer.section(on: parent.id, request, endStream: false, promised: skipped)
    }

    /// Uses a stream that both sides ended.
    private static func endedStream(_ peer: inout MutationPeer) -> [[UInt8]] {
        let half = peer.streams.filter(\.isEnded).map(\.id)
        let ended = peer.ended.isEmpty || peer.random.chance(20) ? half : peer.ended
        guard !ended.isEmpty else { return resetStream(&peer) }
        let id = peer.random.pick(ended)
        guard peer.random.chance(40) else {
            return peer.section(on: id, [("late", "yes")], endStream: true)
        }
        return use(id, &peer)
    }

    /// Uses a stream that was reset.
    private static func resetStream(_ peer: inout MutationPeer) -> [[UInt8]] {
        if !peer.reset.isEmpty { return use(peer.random.pick(peer.reset), &peer) }
        guard let id = peer.streams.first?.id else { return [noise(&peer)] }
        peer.close(id, isReset: true)
        return [FrameBuilder.rstStream(id, code: 8)] + use(id, &peer)
    }

    /// Returns any frame on a stream.
    private static func use(_ id: UInt32, _ peer: inout MutationPeer) -> [[UInt8]] {
        switch peer.random.below(6) {
        case 0: [FrameBuilder.data(id, [1, 2, 3], endStream: peer.random.chance(50))]
        case 1: [FrameBuilder.windowUpdate(id, increment: 1)]
        case 2: [FrameBuilder.rstStream(id, code: 2)]
        default: peer.section(on: id, [("late", "yes")], endStream: peer.random.chance(70))
        }
    }

    private static func badSetting(_ peer: inout MutationPeer) -> [[UInt8]] {
        let bad: (UInt16, UInt32) = peer.random.pick([
            (0x2, 2), (0x4, 0x8000_0000), (0x5, 16_383), (0x5, 1 << 24), (0x8, 2), (0x9, 2),
            (0x9, 1), (0x2, peer.isClient ? 3 : 1),
        ])
        return [FrameBuilder.settings([(0x3, 50), bad])]
    }

    private static func windowOverflow(_ peer: inout MutationPeer) -> [[UInt8]] {
        let id = peer.random.chance(50) ? 0 : MutationMutator.stream(&peer)
        switch peer.random.below(4) {
        case 0: return [FrameBuilder.windowUpdate(id, increment: 0)]
        case 1:
            return [
                FrameBuilder.windowUpdate(id, increment: 0x7fff_0000 - 70_000),
                FrameBuilder.settings([(0x4, 0x7fff_ffff)]),
            ]
        default: return [FrameBuilder.windowUpdate(id, increment: 0x7fff_ffff)]
        }
    }

    private static func tooMuchData(_ peer: inout MutationPeer) -> [[UInt8]] {
        let id = peer.streams.first { $0.isBegun && !$0.isEnded }?.id
        let target = id ?? MutationMutator.stream(&peer)
        let frame = FrameBuilder.data(target, [UInt8](repeating: 0, count: 16_384))
        return [[UInt8]](repeating: frame, count: peer.random.pick([1, 5]))
    }

    private static func wrongBodyLength(_ peer: inout MutationPeer) -> [[UInt8]] {
        let length = 10
        let fields: [MutationFieldCoder.Field]
        let id: UInt32
        if peer.isClient {
            id = nextStream(&peer)
            fields = request + [("content-length", "\(length)")]
        } else {
            guard let stream = peer.streams.first(where: { !$0.isBegun && !$0.isHead }) else {
                return [noise(&peer)]
            }
            id = stream.id
            fields = [(":status", "200"), ("content-length", "\(length)")]
        }
        guard peer.random.chance(70) else {
            return peer.section(on: id, fields, endStream: true)
        }
        let sent = peer.random.pick([3, 11])
        return peer.section(on: id, fields, endStream: false) + [
            FrameBuilder.data(id, [UInt8](repeating: 0, count: sent), endStream: true)
        ]
    }

    private static func tooLargeFrame(_ peer: inout MutationPeer) -> [[UInt8]] {
        [
            FrameBuilder.raw(
                type: UInt8(peer.random.below(11)), stream: MutationMutator.stream(&peer),
                payload: [UInt8](repeating: 0, count: 16_384 + peer.random.below(3)))
        ]
    }

    private static func wrongFixedLength(_ peer: inout MutationPeer) -> [[UInt8]] {
        let type = UInt8(peer.random.pick([2, 3, 4, 6, 7, 8]))
        let isOfStream = type == 2 || type == 3
        return [
            FrameBuilder.raw(
                type: type, stream: isOfStream ? 1 : 0,
                payload: peer.random.bytes(peer.random.below(9)))
        ]
    }

    private static func idleStream(_ peer: inout MutationPeer) -> [[UInt8]] {
        let id = UInt32(30 + peer.random.below(4))
        return peer.random.chance(50)
            ? [FrameBuilder.windowUpdate(id, increment: 1)]
            : [FrameBuilder.data(id, [1])]
    }

    /// A field block that HPACK cannot decode, or an unusual one.
    private static func badBlock(_ peer: inout MutationPeer) -> [[UInt8]] {
        let block: [UInt8] = peer.random.pick([
            [0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xbf], [0x3f, 0xe1, 0xff, 0x03],
            [0x00, 0x05, 0x61], [0x82, 0x20, 0x82], [0x20, 0x3f, 0xe1, 0x1f, 0x82], [],
            [0x00, 0x81, 0xff, 0x00],
        ])
        let id = peer.isClient ? nextStream(&peer) : MutationMutator.stream(&peer)
        return [FrameBuilder.headers(id, block: block, endStream: true)]
    }

    /// A field block in many pieces, or one that is interrupted.
    private static func continuations(_ peer: inout MutationPeer) -> [[UInt8]] {
        let id = peer.isClient ? nextStream(&peer) : MutationMutator.stream(&peer)
        let block = peer.coder.block(request, &peer.random)
        var frames = [FrameBuilder.headers(id, block: block, endHeaders: false)]
        let count = peer.random.pick([1, 2, 62, 63, 64])
        for index in 1...count {
            frames.append(
                FrameBuilder.continuation(id, block: [], endHeaders: index == count))
        }
        if peer.random.chance(30) {
            frames.insert(peer.frames(1)[0], at: peer.random.below(frames.count))
        }
        return frames
    }

    private static func promise(_ peer: inout MutationPeer) -> [[UInt8]] {
        let promised = MutationMutator.stream(&peer)
        return peer.section(
            on: MutationMutator.stream(&peer), request, endStream: false,
            promised: peer.random.chance(50) ? promised & ~1 : promised)
    }

    /// A message in the wrong order, or with a wrong content-length.
    private static func badMessage(_ peer: inout MutationPeer) -> [[UInt8]] {
        let fields: [MutationFieldCoder.Field] = peer.random.pick([
            [(":status", "100")], [(":status", "200")], [("content-length", "x")],
            [(":status", "200"), ("content-length", "1"), ("content-length", "2")],
            request + [("content-length", "99999999999999999999999")], [],
        ])
        let id = peer.random.chance(30) ? peer.highest + 2 : MutationMutator.stream(&peer)
        return peer.section(on: id, fields, endStream: peer.random.chance(40))
    }

    /// Any type, flags and stream with any payload.
    private static func noise(_ peer: inout MutationPeer) -> [UInt8] {
        FrameBuilder.raw(
            type: UInt8(peer.random.below(11)), flags: UInt8(peer.random.below(256)),
            stream: MutationMutator.stream(&peer),
            payload: peer.random.bytes(peer.random.below(30)))
    }
}
