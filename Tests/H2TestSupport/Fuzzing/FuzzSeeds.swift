// SPDX-License-Identifier: MIT

/// The inputs with which the fuzzer starts, built for each target.
package enum FuzzSeeds {
    /// The seeds of a target, by name.
    package static func seeds(of target: FuzzTarget) -> [String: [UInt8]] {
        switch target {
        case .server: wire(fromClient, long: LongConversation.fromClient())
        case .client: wire(fromServer, long: LongConversation.fromServer())
        case .conversation: conversations().merging(featuredConversations()) { $1 }
        }
    }

    /// The seeds of the target for the C ABI, by name.
    package static var ofC: [String: [UInt8]] {
        var random = SplitMix(seed: 1)
        var seeds: [String: [UInt8]] = [:]
        for index in 0..<60 { seeds["random-\(index)"] = random.bytes(20 + 8 * index) }
        return seeds
    }

    /// Returns each sequence of frames twice: without calls, and with calls in between.
    private static func wire(
        _ subjects: [String: [UInt8]], long: [UInt8]
    ) -> [String: [UInt8]] {
        var seeds: [String: [UInt8]] = [:]
        let started: FuzzWire.Options = [.isStarted, .streamCount]
        for (name, frames) in subjects {
            seeds["\(name)-alone"] = head(started) + frames
            seeds["\(name)-called"] = head(started.union(.isActive), seed: 3) + frames
        }
        let preface = FrameBuilder.preface()
        seeds["long"] = head(.streamCount) + long
        seeds["long-preface"] = head([]) + preface + long
        seeds["long-lent"] = head([.streamCount, .isBorrowed], cut: 7) + long
        for seed in UInt8(0)..<8 {
            seeds["long-called-\(seed)"] =
                head([.streamCount, .isActive], cut: 200 + seed, seed: seed) + long
        }
        seeds["long-preface-called"] = head(.isActive, cut: 100, seed: 9) + preface + long
        seeds["upgraded"] =
            head([.isUpgraded, .isActive], seed: 1) + preface + FrameBuilder.settings()
            + FrameBuilder.settingsAck() + FrameBuilder.headers(1, [":status": "200"])
        seeds["other-protocol"] = head([]) + Array("GET / HTTP/1.1\r\n\r\n".utf8)
        for bit in 0..<8 {
            let rest = head(.streamCount).dropFirst(3) + long
            seeds["switch-\(bit)"] = [1 << bit, 0, 0] + rest
            seeds["setting-\(bit)"] = [0, 1 << bit, 0] + rest
            seeds["bound-\(bit)"] = [0, 0, 1 << bit] + rest
        }
        return seeds.merging(featuredWire(long)) { $1 }
    }

    /// Returns the head of an input. With calls, policies are the defaults; without, those of h2.
    private static func head(
        _ options: FuzzWire.Options, cut: UInt8 = 0, seed: UInt8 = 0
    ) -> [UInt8] {
        [options.contains(.isActive) ? 0x81 : 0, 0, 0, options.rawValue, cut, seed]
    }

    // MARK: Frames from a client

    private static var fromClient: [String: [UInt8]] {
        let request = H2Sections.request
        var seeds = fromBoth(1, request)
        seeds["resets"] = (0..<20).flatMap { index in
            let id = UInt32(1 + 2 * index)
            return FrameBuilder.headers(id, block: request, endStream: true)
                + FrameBuilder.rstStream(id, code: 8)
        }
        seeds["requests"] = (0..<30).flatMap { index in
            let id = UInt32(1 + 4 * index)
            return FrameBuilder.headers(id, block: request, endStream: index % 2 == 0)
        }
        seeds["connect"] =
            FrameBuilder.headers(1, [":method": "CONNECT", ":authority": "a.example:443"])
            + FrameBuilder.data(1, [1, 2, 3])
        seeds["body-length"] =
            FrameBuilder.headers(1, block: request + H2Sections.contentLength)
            + FrameBuilder.data(1, [1, 2]) + FrameBuilder.data(1, [3], endStream: true)
        seeds["priorities"] = (UInt32(1)..<10).flatMap { id in
            FrameBuilder.priority(id, dependsOn: id + 20, exclusive: true)
        }
        return seeds
    }

    // MARK: Frames from a server

    private static var fromServer: [String: [UInt8]] {
        let response = H2Sections.response
        var seeds = fromBoth(1, response)
        seeds["informational"] =
            FrameBuilder.headers(1, [":status": "100"])
            + FrameBuilder.headers(1, [":status": "103", "link": "</a>"])
            + FrameBuilder.headers(1, block: response, endStream: true)
        seeds["promises"] = (1..<10).flatMap { index in
            let id = UInt32(2 * index)
            return FrameBuilder.pushPromise(1, promised: id, block: H2Sections.request)
                + FrameBuilder.headers(id, block: response)
                + FrameBuilder.data(id, [1, 2], endStream: true)
        }
        seeds["promise-split"] =
            FrameBuilder.pushPromise(1, promised: 2, block: [0x82], endHeaders: false, padLength: 3)
            + FrameBuilder.continuation(1, block: Array(H2Sections.request.dropFirst()))
        seeds["no-content"] =
            FrameBuilder.headers(1, [":status": "204"], endStream: true)
            + FrameBuilder.headers(3, [":status": "304", "content-length": "5"], endStream: true)
        seeds["alternative"] =
            FrameBuilder.altSvc(0, origin: "https://a.example", field: "h2=\":1\"")
            + FrameBuilder.altSvc(1, field: "clear")
        return seeds
    }

    /// Returns frames that both may send; `section` opens a message on the stream.
    private static func fromBoth(_ id: UInt32, _ section: [UInt8]) -> [String: [UInt8]] {
        let open = FrameBuilder.headers(id, block: section)
        let body = [UInt8](repeating: 7, count: 2_000)
        var seeds: [String: [UInt8]] = [:]
        seeds["data"] =
            open + FrameBuilder.data(id, body) + FrameBuilder.data(id, body, padLength: 255)
            + FrameBuilder.data(id, [], padLength: 9) + FrameBuilder.data(id, endStream: true)
        seeds["data-after-end"] =
            FrameBuilder.headers(id, block: section, endStream: true)
            + FrameBuilder.data(id, [1], padLength: 3) + FrameBuilder.headers(id, block: section)
        seeds["trailers"] =
            open + FrameBuilder.data(id, [1])
            + FrameBuilder.headers(id, ["checksum": "0"], endStream: true)
        seeds["continuations"] =
            FrameBuilder.split(id, block: section, every: 3) + FrameBuilder.data(id, [1])
        seeds["interrupted-block"] =
            FrameBuilder.headers(id, block: section, endHeaders: false) + FrameBuilder.ping()
        seeds["padded-priority"] = FrameBuilder.headers(
            id, block: section, endStream: true, padLength: 20, priority: (0, true, 255))
        seeds["settings"] = (UInt32(0)..<8).flatMap { index in
            let entries: [(UInt16, UInt32)] = [
                (0x1, 1 << (2 * index)), (0x3, index), (0x4, 100 * index), (0x5, 16_384 + index),
                (0x6, 4_096),
            ]
            return FrameBuilder.settings(entries) + FrameBuilder.settingsAck()
        }
        seeds["windows"] =
            open + FrameBuilder.windowUpdate(0, increment: 0x7fff_0000)
            + FrameBuilder.windowUpdate(id, increment: 0x7fff_0000)
            + FrameBuilder.settings([(0x4, 0x7fff_ffff)])
        seeds["pings"] = (UInt64(0)..<20).flatMap { index in
            FrameBuilder.ping(index, ack: index % 3 == 0)
        }
        seeds["go-away"] =
            open + FrameBuilder.goAway(last: 1, code: 0, data: [1, 2]) + FrameBuilder.goAway()
        seeds["reset"] =
            open + FrameBuilder.rstStream(id, code: 5) + FrameBuilder.data(id, [1, 2, 3])
            + FrameBuilder.windowUpdate(id, increment: 1)
        seeds["unknown"] = FrameBuilder.raw(type: 0x21, flags: 0xff, stream: 5, payload: body)
        seeds["table"] = H2Sections.table(id, section)
        seeds["large-list"] = FrameBuilder.headers(id, block: H2Sections.large)
        return seeds
    }

    // MARK: Calls

    /// Returns sequences of meaningful steps, and random ones.
    private static func conversations() -> [String: [UInt8]] {
        let head: [UInt8] = [0, 0, 0, 0, 0, 0, 0]
        let move: [UInt8] = [0xfe, 0xff, 0xfe]
        // A step is twice the kind of a call, plus 1 for the server; its choices follow.
        let request: [UInt8] = [0, 0, 0, 1, 0x01]
        let response: [UInt8] = [1, 0, 0, 1, 0x02, 0]
        let data: [UInt8] = [6 << 1, 0, 0x40, 6 << 1 | 1, 0, 0x82, 9]
        let end: [UInt8] = [11 << 1, 0, 11 << 1 | 1, 0]
        let push: [UInt8] = [25 << 1 | 1, 0, 0, 3, 0]
        let settings: [UInt8] = [22 << 1, 1, 0, 2, 2, 1, 22 << 1 | 1, 0, 4, 1]
        let acknowledge: [UInt8] = [16 << 1, 0, 16 << 1 | 1, 0]
        let plain = request + move + response + data + move + acknowledge + end + move
        var seeds: [String: [UInt8]] = [
            "plain": head + move + plain,
            "plain-upgraded": [0, 0, 0, 0, 0, 0, 1] + move + plain,
            "twice": head + move + plain + plain,
            "push": head + move + request + move + push + move + response + move + end + move,
            "settings": head + settings + move + plain + settings + move + plain,
            "small-windows": [0, 1, 0, 0, 1, 0, 0] + move + plain + data + data + move,
            "no-compression": [0, 0x10, 0, 0, 0x20, 0, 0] + move + plain + plain,
            "pieces": head + request + [0x80, 0x82, 0x84, 0x81, 0x83, 0xa0, 0xa1] + plain,
        ]
        var random = SplitMix(seed: 1)
        for index in 0..<40 {
            seeds["random-\(index)"] = [0, 0, 1, 0, 0, 1, 0] + move + random.bytes(40 + 10 * index)
        }
        return seeds
    }
}

/// Field blocks for the seeds.
private enum H2Sections {
    static let request = HPACKEncoder.block([
        ":method": "POST", ":scheme": "https", ":authority": "example.com", ":path": "/",
    ])
    static let response = HPACKEncoder.block([":status": "200", "server": "sample"])
    static let contentLength = HPACKEncoder.block(["content-length": "3"])

    /// A section larger than the announced 65,536 bytes in a smaller field block.
    static var large: [UInt8] {
        var encoder = HPACKEncoder()
        encoder.literal(
            "x-large", String(repeating: "l", count: 2_000), .incremental, huffman: true)
        for _ in 0..<40 { encoder.indexed(62) }
        return encoder.bytes
    }

    /// Returns field blocks that use the dynamic table in every way.
    static func table(_ id: UInt32, _ section: [UInt8]) -> [UInt8] {
        var first = HPACKEncoder()
        first.sizeUpdate(2_000)
        first.raw(section)
        first.literal("x-a", "1", .incremental)
        first.literal("x-b", "2", .incremental, huffman: true)
        first.literal(nameIndex: 62, value: [0x33], .never)
        var second = HPACKEncoder()
        second.sizeUpdate(0)
        second.sizeUpdate(100)
        second.literal("x-c", "3", .incremental)
        second.indexed(62)
        second.literal(nameIndex: 62, value: [0x34], .incremental)
        return FrameBuilder.headers(id, block: first.bytes)
            + FrameBuilder.headers(id, block: second.bytes, endStream: true)
    }
}
