// SPDX-License-Identifier: MIT

/// Seeds that use the features that are off by default.
extension FuzzSeeds {
    /// Returns the frames of a long conversation, with calls in between.
    static func featuredWire(_ long: [UInt8]) -> [String: [UInt8]] {
        var seeds: [String: [UInt8]] = [:]
        // Three streams, and calls that pass the time.
        let options: FuzzWire.Options = [.isActive, .isTimed, .streamCount]
        for seed in UInt8(0)..<8 {
            let mark = FuzzWire.featureMarks.lowerBound + seed
            // All features; each time, another one is off.
            let features: [UInt8] = [~(1 << seed), ~(1 << seed)]
            seeds["features-\(seed)"] =
                [0x81, 0, 0, options.rawValue, mark, seed] + features + long
        }
        return seeds
    }

    /// Returns sequences of meaningful steps, and random ones.
    static func featuredConversations() -> [String: [UInt8]] {
        func head(_ client: [UInt8], _ server: [UInt8], isUpgraded: Bool = false) -> [UInt8] {
            let mark = FuzzConversation.featureMarks.lowerBound + (isUpgraded ? 1 : 0)
            return [0, 0, 0, 0, 0, 0, mark] + client + server
        }
        func step(_ kind: UInt8, server: Bool, _ choices: UInt8...) -> [UInt8] {
            [kind << 1 | (server ? 1 : 0)] + choices
        }
        let move: [UInt8] = [0xfe, 0xff, 0xfe]
        let pieces: [UInt8] = [0xc1, 0xc0, 0xf9, 0xd0, 0xe3, 0x9b]
        let events = step(44, server: false) + step(44, server: true)
        let request = step(0, server: false, 0, 0, 1, 0x01)
        let response = step(0, server: true, 0, 0, 1, 0x02, 0)
        let open = move + request + move + response
        let queue = step(32, server: true, 0, 0xe0) + step(33, server: true, 0, 0x82)
        let upload = step(32, server: false, 0, 0xe4) + step(32, server: false, 0, 0x61)
        let trailers = step(39, server: true, 0, 1, 0x01)
        let priorities =
            step(41, server: true, 1, 0) + step(42, server: false, 0x80, 0)
            + step(42, server: false, 5, 7)
        let sendable = step(52, server: true, 0, 0) + step(53, server: false)
        let acknowledge = step(16, server: false, 0) + step(16, server: true, 0)
        let later = step(48, server: false, 0xff) + step(48, server: true, 0xff)
        let next = step(50, server: false) + step(50, server: true)
        let shutdown = step(43, server: true) + step(43, server: false)
        let lose = step(54, server: false, 0xff) + step(54, server: true, 0xff)
        let body = queue + trailers + pieces + acknowledge + move + upload + move + events
        var seeds: [String: [UInt8]] = [
            "queue": head([1, 0], [0x81, 0]) + open + body + move,
            "queue-upgraded": head([1, 0], [0x81, 0], isUpgraded: true) + open + body + move,
            "queue-reset": head([1, 0], [1, 0]) + open + queue + step(14, server: false, 8, 0)
                + move + events + queue,
            "priorities": head([4, 0], [4, 0]) + open + priorities + open + queue + pieces,
            // More than the server's MAX_CONCURRENT_STREAMS allows.
            "idle-priorities": [0, 0, 0, 0, 4, 0, FuzzConversation.featureMarks.lowerBound]
                + [4, 0, 4, 0] + move + step(42, server: false, 1, 1)
                + step(42, server: false, 2, 3) + step(42, server: false, 3, 5) + move,
            "sendable": head([0, 0], [0, 0]) + open + sendable + sendable + move + sendable,
            "automatic": head([0x30, 0], [0x70, 0]) + open + body + body + acknowledge + move,
            "shutdown": head([0x0b, 0], [0x03, 0x80]) + open + shutdown + open + body + later,
            "idle": head([1, 4], [1, 4]) + open + later + move + later + later + events,
            "lost": head([1, 0], [1, 0]) + open + queue + lose + queue + move + events,
        ]
        for bit in UInt8(0)..<8 {
            let features: [UInt8] = [1, 1 << bit]
            seeds["deadline-\(bit)"] =
                head(features, features) + open + queue + later + next + next + move + next + next
        }
        var random = SplitMix(seed: 2)
        for index in 0..<30 {
            let features = random.bytes(4)
            seeds["features-\(index)"] =
                head(Array(features[..<2]), Array(features[2...])) + move
                + random.bytes(40 + 6 * index)
        }
        return seeds
    }
}
