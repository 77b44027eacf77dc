// SPDX-License-Identifier: MIT

package import H2

/// The formats of fuzz inputs. The fuzzer runs them, and the tests replay the inputs stored in
/// Tests/Fuzzing.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// Bytes that a server receives: see `FuzzWire`.
    case server
    /// Bytes that a client receives: see `FuzzWire`.
    case client
    /// Calls of a client and a server that exchange messages: see `FuzzConversation`.
    case conversation

    /// Runs an input. Throws or traps if it finds a bug.
    ///
    /// - Parameter allocatedBytes: Returns the bytes allocated on the heap; `nil` if unknown.
    package func run(
        _ input: [UInt8], allocatedBytes: (() -> Int)? = nil
    ) throws(PairError) {
        switch self {
        case .server: try FuzzWire(.server, input).run(allocatedBytes)
        case .client: try FuzzWire(.client, input).run(allocatedBytes)
        case .conversation:
            var conversation = FuzzConversation(input)
            try conversation.run(allocatedBytes)
        }
    }
}

extension H2Configuration {
    /// Creates a configuration from three bytes: switches and policies, settings, and limits.
    package init(_ role: Role, _ input: inout FuzzInput) {
        self.init(role)
        // A fixed seed, so that an input takes the same steps each time.
        hashSeed = 1
        let switches = input.byte()
        // The input decides both policies, whatever their defaults are.
        malformedMessages = switches & 0x01 != 0 ? .resetStream : .connectionError
        excess = switches & 0x80 != 0 ? .resetStream : .connectionError
        if switches & 0x02 != 0 { goAway = .closeAtOnce }
        if switches & 0x04 != 0 { validateInboundHeaders = false }
        if switches & 0x08 != 0 { normalizeInboundHeaders = false }
        if switches & 0x10 != 0 { validateOutboundHeaders = false }
        if switches & 0x20 != 0 { normalizeOutboundHeaders = false }
        if switches & 0x40 != 0 { splitOutboundCookies = true }
        let settings = input.byte()
        if settings & 0x01 != 0 { initialSettings[.initialWindowSize] = 300 }
        if settings & 0x02 != 0 { initialSettings[.initialWindowSize] = 1 << 20 }
        if settings & 0x04 != 0 { initialSettings[.maxConcurrentStreams] = 2 }
        if settings & 0x08 != 0 { initialSettings[.maxHeaderListSize] = 1_000 }
        if settings & 0x10 != 0 { initialSettings[.headerTableSize] = 0 }
        if settings & 0x20 != 0 { initialSettings[.headerTableSize] = 100 }
        if settings & 0x40 != 0 { initialSettings[.maxFrameSize] = 20_000 }
        if settings & 0x80 != 0 {
            initialSettings[role == .client ? .enablePush : .enableConnectProtocol] =
                role == .client ? 0 : 1
        }
        let bounds = input.byte()
        if bounds & 0x01 != 0 { limits = .unlimited }
        if bounds & 0x02 != 0 { limits.setBudgets(H2Limits.Budget(3, perSecond: 1)) }
        if bounds & 0x04 != 0 { limits.setBudgets(H2Limits.Budget(0, perSecond: 0)) }
        if bounds & 0x08 != 0 { limits.memory = 40_000 }
        if bounds & 0x10 != 0 { limits.peerOutput = 30 }
        if bounds & 0x20 != 0 { limits.closedStreams = 0 }
        if bounds & 0x40 != 0 {
            limits.headerFields = 5
            limits.headerBlockSize = 300
            limits.continuationFrames = 1
        }
        if bounds & 0x80 != 0 {
            limits.settingsPerFrame = 2
            limits.reservedStreams = 1
            limits.unacknowledgedSettings = 2
        }
    }
}

extension H2Limits {
    fileprivate mutating func setBudgets(_ budget: Budget) {
        for limit in FrequencyLimit.allCases { self[limit] = budget }
    }
}
