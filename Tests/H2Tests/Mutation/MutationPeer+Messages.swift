// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Requests, responses and promises, and their bodies.
extension MutationPeer {
    /// Returns at least `count` random valid frames.
    mutating func frames(_ count: Int) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while frames.count < count {
            switch random.below(20) {
            case 0..<6: frames += begin()
            case 6..<14: frames += continueStream()
            default: frames += control()
            }
        }
        return frames
    }

    /// Begins a message: a request, or a response, or a promise.
    private mutating func begin() -> [[UInt8]] {
        if isClient {
            return openCount < min(maxStreams, 5) ? request() : continueStream()
        }
        let fresh = streams.filter { !$0.isBegun && (!$0.isPromised || openCount < maxStreams) }
        let parents = streams.filter { $0.id & 1 == 1 && !$0.isEnded }
        if allowsPush, !parents.isEmpty, fresh.isEmpty || random.chance(30) {
            return promise(on: random.pick(parents).id)
        }
        return fresh.isEmpty ? control() : response(on: random.pick(fresh).id)
    }

    /// Continues a message that has begun.
    private mutating func continueStream() -> [[UInt8]] {
        let open = streams.indices.filter { streams[$0].isBegun && !streams[$0].isEnded }
        guard !open.isEmpty else { return control() }
        let index = random.pick(open)
        guard streams[index].left == 0 else { return data(at: index) }
        let id = streams[index].id
        end(at: index)
        if random.chance(50) {
            return [FrameBuilder.data(id, endStream: true)]
        }
        return section(on: id, [("checksum", "\(random.below(3))")] + extras(), endStream: true)
    }

    mutating func request(skipping count: UInt32? = nil) -> [[UInt8]] {
        let skipped = count ?? (random.chance(25) ? UInt32(1 + random.below(3)) : 0)
        highest = highest == 0 ? 1 + 2 * skipped : highest + 2 + 2 * skipped
        let method = random.pick(["GET", "GET", "POST", "PUT", "HEAD"])
        let hasBody = method != "GET" && method != "HEAD"
        var stream = Stream(id: highest, window: initialWindow, isBegun: true)
        stream.left = hasBody ? bodyLength() : 0
        var fields: [MutationFieldCoder.Field] = [
            (":method", method), (":scheme", "https"), (":authority", "example.com"),
            (":path", random.pick(["/", "/a", "/b?c=d"])),
        ]
        if hasBody, random.chance(50) { fields.append(("content-length", "\(stream.left)")) }
        streams.append(stream)
        let endsStream = stream.left == 0 && random.chance(80)
        if endsStream { end(at: streams.count - 1) }
        return section(on: highest, fields + extras(), endStream: endsStream)
    }

    private mutating func response(on id: UInt32) -> [[UInt8]] {
        guard let index = find(id) else { return [] }
        if !streams[index].isPromised, random.chance(25) {
            let status = random.pick(["100", "103"])
            return section(on: id, [(":status", status)] + extras(), endStream: false)
        }
        streams[index].isPromised = false
        streams[index].isBegun = true
        let isHead = streams[index].isHead
        let lacksBody = isHead || random.chance(15)
        let length = bodyLength()
        let status = lacksBody && !isHead ? random.pick(["204", "304"]) : "200"
        var fields = [(name: ":status", value: status)]
        if status != "204", random.chance(50) { fields.append(("content-length", "\(length)")) }
        streams[index].left = lacksBody ? 0 : length
        let endsStream = lacksBody || length == 0 && random.chance(80)
        if endsStream { end(at: index) }
        return section(on: id, fields + extras(), endStream: endsStream)
    }

    mutating func promise(on parent: UInt32, skipping count: UInt32 = 0) -> [[UInt8]] {
        highest += 2 + 2 * count
        var stream = Stream(id: highest, window: initialWindow, isPromised: true)
        stream.isEndedByConnection = true
        streams.append(stream)
        let fields = [
            (":method", "GET"), (":scheme", "https"), (":authority", "example.com"),
            (":path", random.pick(["/pushed", "/a"])),
        ]
        return section(on: parent, fields + extras(), endStream: false, promised: highest)
    }

    private mutating func data(at index: Int) -> [[UInt8]] {
        let stream = streams[index]
        let length = random.chance(40) ? stream.left : 1 + random.below(stream.left)
        let padLength = random.chance(30) ? UInt8(random.below(random.pick([20, 256]))) : nil
        let size = length + (padLength.map { Int($0) + 1 } ?? 0)
        guard size <= min(window, stream.window, maxFrameSize) else { return control() }
        window -= size
        streams[index].window -= size
        streams[index].left -= length
        let endsStream = streams[index].left == 0 && random.chance(60)
        if endsStream { end(at: index) }
        let bytes = [UInt8](repeating: UInt8(length & 0xff), count: length)
        return [
            FrameBuilder.data(stream.id, bytes, endStream: endsStream, padLength: padLength)
        ]
    }

    private mutating func bodyLength() -> Int {
        switch random.below(20) {
        case 0: 1_000 + random.below(4_000)
        case 1...3: 0
        default: 1 + random.below(300)
        }
    }

    /// Fields that are often the same, so that the compression table is used.
    private mutating func extras() -> [MutationFieldCoder.Field] {
        (0..<random.below(4)).map { _ in
            switch random.below(8) {
            case 0 where listLimit > 1_000:
                ("x-large", String(repeating: "l", count: random.pick([60, 120])))
            case 1: ("x-new", "\(random.next())")
            default: ("x-\(random.below(3))", "v\(random.below(4))")
            }
        }
    }

    /// Writes a field block as one frame or several.
    mutating func section(
        on id: UInt32, _ fields: [MutationFieldCoder.Field], endStream: Bool,
        promised: UInt32? = nil
    ) -> [[UInt8]] {
        let block = coder.block(fields, &random)
        return frames(of: block, on: id, endStream: endStream, promised: promised)
    }

    mutating func frames(
        of block: [UInt8], on id: UInt32, endStream: Bool, promised: UInt32? = nil
    ) -> [[UInt8]] {
        let isSplit = random.chance(15)
        let size = isSplit ? 1 + random.below(max(1, block.count)) : block.count
        let padLength = random.chance(15) ? UInt8(random.below(20)) : nil
        let pieces = Cut.every(max(size, block.count / 20)).pieces(of: block)
        return pieces.enumerated().map { index, piece in
            let isLast = index == pieces.count - 1
            guard index == 0 else {
                return FrameBuilder.continuation(id, block: piece, endHeaders: isLast)
            }
            if let promised {
                return FrameBuilder.pushPromise(
                    id, promised: promised, block: piece, endHeaders: isLast, padLength: padLength)
            }
            let priority: FrameBuilder.Priority = (id + 2, true, 7)
            return FrameBuilder.headers(
                id, block: piece, endStream: endStream, endHeaders: isLast, padLength: padLength,
                priority: random.chance(15) ? priority : nil)
        }
    }
}
