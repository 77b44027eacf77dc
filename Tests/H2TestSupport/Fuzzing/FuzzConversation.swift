// SPDX-License-Identifier: MIT

import H2

/// A client and a server that exchange messages. An input has 7 bytes of configuration, followed by
/// calls of both and by moves of their output in pieces of any length.
///
/// If the last of the 7 bytes is in `featureMarks`, 4 more bytes turn on features that are off by
/// default, and their calls are made, too.
///
/// As neither end violates the protocol, each must accept what the other was allowed to send, and
/// receive what was sent. After everything is delivered, their states must match.
struct FuzzConversation {
    /// The maximum bytes that both connections may hold on the heap once all output is delivered.
    private static let memoryLimit = 2 << 20
    /// No input that was stored before features could be turned on contains these.
    static let featureMarks: ClosedRange<UInt8> = 0x98...0x9f
    /// The maximum rounds of delivery: ends that respond to each other forever are a bug.
    private static let maxRounds = 1_000

    private var input: FuzzInput
    private var client: FuzzEnd
    private var server: FuzzEnd
    private let isUpgraded: Bool

    init(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        var configurations = [
            H2Configuration(.client, &input), H2Configuration(.server, &input),
        ]
        let options = input.byte()
        let hasFeatures = Self.featureMarks.contains(options)
        if hasFeatures { for index in 0...1 { configurations[index].addFeatures(&input) } }
        client = FuzzEnd(configurations[0], hasFeatures: hasFeatures)
        server = FuzzEnd(configurations[1], hasFeatures: hasFeatures)
        // The client announces more settings than a server with low limits accepts.
        isUpgraded =
            options & 1 != 0 && server.connection.configuration.limits.settingsPerFrame ?? .max > 8
        self.input = input
    }

    mutating func run(_ allocatedBytes: (() -> Int)?) throws(PairError) {
        let before = allocatedBytes?() ?? 0
        try start()
        while !input.isAtEnd {
            let step = input.byte()
            let isOfServer = step & 1 != 0
            if step & 0x80 != 0 {
                let size = Int(step >> 1 & 0x3f)
                // 1 to 32 bytes, up to 2 KiB, or all output.
                let count = size < 32 ? size + 1 : size < 63 ? (size - 30) * 65 : 1 << 24
                try move(fromServer: isOfServer, upTo: count)
            } else if isOfServer {
                try server.act(step >> 1, &input, &client)
            } else {
                try client.act(step >> 1, &input, &server)
            }
        }
        try finish()
        if let allocatedBytes {
            let held = allocatedBytes() - before
            // Queued data may be a small part of an array that it shares.
            let queued = client.connection.queuedByteCount + server.connection.queuedByteCount
            guard held < Self.memoryLimit + 8 * queued else {
                throw PairError("\(held) bytes are held")
            }
        }
        try client.finish()
        try server.finish()
    }

    private mutating func start() throws(PairError) {
        do throws(H2Error) {
            if isUpgraded {
                let settings = try client.connection.initiateUpgradeConnection()
                try server.connection.initiateUpgradeConnection(settingsHeader: settings)
            } else {
                try client.connection.initiateConnection()
                try server.connection.initiateConnection()
            }
        } catch {
            throw PairError("cannot start: \(error)")
        }
        try client.start()
        try server.start()
    }

    @discardableResult
    private mutating func move(fromServer: Bool, upTo count: Int) throws(PairError) -> Bool {
        fromServer
            ? try client.receive(from: &server, upTo: count)
            : try server.receive(from: &client, upTo: count)
    }

    /// Delivers all output and compares the states of both ends.
    private mutating func finish() throws(PairError) {
        for round in 0... {
            let hasMoved = try move(fromServer: false, upTo: 1 << 24)
            let hasMovedBack = try move(fromServer: true, upTo: 1 << 24)
            if !hasMoved && !hasMovedBack { break }
            guard round < Self.maxRounds else { throw PairError("the output never ends") }
        }
        guard !client.isOver, !server.isOver else { return }
        try client.checkAgreement(with: server)
        try server.checkAgreement(with: client)
    }
}
