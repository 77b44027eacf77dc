// SPDX-License-Identifier: MIT

/// Values of SETTINGS, RFC 9113 §6.5.2, by identifier and in the order in which they are sent.
///
/// Unknown identifiers are kept. In a literal the last value of a repeated identifier wins.
public struct H2Settings: Hashable, Sendable {
    /// What a setting is about. In h2: `SettingCodes`.
    public struct Identifier: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt16

        @inlinable
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Bytes of the compression table used to decode field blocks; 4,096 unless said.
        public static let headerTableSize = Identifier(rawValue: 0x1)
        /// Whether the server may push: 0 or 1.
        public static let enablePush = Identifier(rawValue: 0x2)
        /// Streams that the peer may have open at the same time; without a limit unless said.
        public static let maxConcurrentStreams = Identifier(rawValue: 0x3)
        /// Bytes that the peer may send on a new stream; 65,535 unless said.
        public static let initialWindowSize = Identifier(rawValue: 0x4)
        /// Bytes of the largest frame payload that is accepted; 16,384 unless said.
        public static let maxFrameSize = Identifier(rawValue: 0x5)
        /// Bytes of the largest header list that is accepted, 32 added for each field. A single
        /// name or value above 65,536 bytes cannot be decoded, however large this is.
        public static let maxHeaderListSize = Identifier(rawValue: 0x6)
        /// Whether extended CONNECT is understood, RFC 8441: 0 or 1.
        public static let enableConnectProtocol = Identifier(rawValue: 0x8)
        /// Whether the priorities of RFC 7540 are not used, RFC 9218 §2.1: 0 or 1.
        static let noRFC7540Priorities = Identifier(rawValue: 0x9)

        /// Whether it is one of the above.
        var isDefined: Bool { rawValue < 16 && 0b11_0111_1110 &>> rawValue & 1 != 0 }
    }

    /// One setting and its value.
    public struct Entry: Hashable, Sendable {
        public var identifier: Identifier
        public var value: UInt32

        public init(_ identifier: Identifier, _ value: UInt32) {
            self.identifier = identifier
            self.value = value
        }
    }

    /// The settings in the order in which they are sent.
    public private(set) var entries: [Entry] = []

    /// No settings.
    public init() {}

    /// Settings of which none is there twice.
    init(entries: [Entry]) { self.entries = entries }

    /// The value of a setting; setting nil removes it.
    public subscript(identifier: Identifier) -> UInt32? {
        get { index(of: identifier).map { entries[$0].value } }
        set {
            switch (index(of: identifier), newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): add(identifier, value)
            case (nil, nil): break
            }
        }
    }

    private func index(of identifier: Identifier) -> Int? {
        for index in entries.indices where entries[index].identifier == identifier { return index }
        return nil
    }

    private mutating func add(_ identifier: Identifier, _ value: UInt32) {
        // There are eight that somebody defined.
        if entries.isEmpty { entries.reserveCapacity(8) }
        entries.append(Entry(identifier, value))
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// Takes over the values of `other`.
    mutating func merge(_ other: H2Settings) {
        for entry in other.entries { self[entry.identifier] = entry.value }
    }
}

extension H2Settings: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    public init(dictionaryLiteral elements: (Identifier, UInt32)...) {
        for (identifier, value) in elements { self[identifier] = value }
    }

    /// `[NAME: value, …]`, for a log line.
    public var description: String {
        "[" + entries.map { "\($0.identifier): \($0.value)" }.joined(separator: ", ") + "]"
    }
}

extension H2Settings.Identifier: CustomStringConvertible {
    /// The name without `SETTINGS_`, or the number in hexadecimal.
    public var description: String {
        switch self {
        case .headerTableSize: "HEADER_TABLE_SIZE"
        case .enablePush: "ENABLE_PUSH"
        case .maxConcurrentStreams: "MAX_CONCURRENT_STREAMS"
        case .initialWindowSize: "INITIAL_WINDOW_SIZE"
        case .maxFrameSize: "MAX_FRAME_SIZE"
        case .maxHeaderListSize: "MAX_HEADER_LIST_SIZE"
        case .enableConnectProtocol: "ENABLE_CONNECT_PROTOCOL"
        default: "0x" + String(rawValue, radix: 16)
        }
    }
}

/// A setting that changed. In h2: `ChangedSetting`.
public struct H2SettingChange: Hashable, Sendable {
    /// The setting.
    public var identifier: H2Settings.Identifier
    /// The value before, or nil where there was none. In h2: `original_value`.
    public var oldValue: UInt32?
    /// The value now. In h2: `new_value`.
    public var newValue: UInt32

    public init(_ identifier: H2Settings.Identifier, from oldValue: UInt32?, to newValue: UInt32) {
        self.identifier = identifier
        self.oldValue = oldValue
        self.newValue = newValue
    }
}

/// The settings of one side as they are now: what is in force, and what is not yet acknowledged.
public struct H2SettingsView: Hashable, Sendable {
    /// The values in force.
    public let inForce: H2Settings
    /// One for each SETTINGS frame that is not yet acknowledged, oldest first.
    public let unacknowledged: [H2Settings]

    /// The value in force, or nil where neither RFC nor peer set one.
    public subscript(identifier: H2Settings.Identifier) -> UInt32? { inForce[identifier] }

    /// Whether anything is in force or waits for its acknowledgement that was not, or not with that
    /// value, in a view that was taken before: then what was made of the old one is out of date.
    ///
    /// In jh2: `has_update`, which reading it sets back. Here that is the caller's: to look changes
    /// nothing, so several can.
    ///
    /// - Parameter earlier: What the same property returned before; nil for nothing yet, which is
    ///   always out of date.
    public func hasUpdate(since earlier: H2SettingsView?) -> Bool { earlier != self }

    /// In force: bytes of the header compression table.
    public var headerTableSize: Int { Int(inForce[.headerTableSize] ?? 4_096) }
    /// In force: whether the server may push.
    public var enablePush: Bool { (inForce[.enablePush] ?? 1) != 0 }
    /// In force: streams that may be open at the same time, or nil where there is no limit.
    public var maxConcurrentStreams: Int? { inForce[.maxConcurrentStreams].map { Int($0) } }
    /// In force: bytes of the window of a new stream.
    public var initialWindowSize: Int { Int(inForce[.initialWindowSize] ?? 65_535) }
    /// In force: bytes of the largest frame payload.
    public var maxFrameSize: Int { Int(inForce[.maxFrameSize] ?? 16_384) }
    /// In force: bytes of the largest header list, 32 added for each field, or nil where there is
    /// no limit.
    public var maxHeaderListSize: Int? { inForce[.maxHeaderListSize].map { Int($0) } }
    /// In force: whether extended CONNECT may be used, RFC 8441.
    public var enableConnectProtocol: Bool { (inForce[.enableConnectProtocol] ?? 0) != 0 }
}
