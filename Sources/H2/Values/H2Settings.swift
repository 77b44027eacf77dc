// SPDX-License-Identifier: MIT

/// Settings and their values, RFC 9113 §6.5.2, in the order in which they are sent.
///
/// For example: `[.initialWindowSize: 1 << 20, .maxConcurrentStreams: 50]`. Unknown settings are
/// kept. If a literal repeats an identifier, the last value applies.
public struct H2Settings: Hashable, Sendable {
    /// The identifier of a setting. In h2: `SettingCodes`.
    public struct Identifier: RawRepresentable, Hashable, Sendable {
        /// The number of the setting.
        public var rawValue: UInt16

        /// Creates an identifier from the number of a setting.
        @inlinable
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The size of the compression table used to decode field blocks, in bytes. The RFC default
        /// is 4,096.
        public static let headerTableSize = Identifier(rawValue: 0x1)
        /// Whether the server may push: 0 or 1. A server can announce only 0.
        public static let enablePush = Identifier(rawValue: 0x2)
        /// The number of streams that the peer may have open at once. The RFC default is no limit.
        public static let maxConcurrentStreams = Identifier(rawValue: 0x3)
        /// The flow-control window for the peer on a new stream, in bytes, at most 2^31-1. A new
        /// value also changes the windows of open streams. The RFC default is 65,535.
        public static let initialWindowSize = Identifier(rawValue: 0x4)
        /// The size of the largest frame payload to accept, in bytes: 16,384, which is the RFC
        /// default, to 16,777,215.
        public static let maxFrameSize = Identifier(rawValue: 0x5)
        /// The uncompressed size of the largest field section to accept, in bytes, including 32 for
        /// each field line. The RFC default is no limit.
        ///
        /// Whatever the value, H2 cannot decode a single name or value above 65,536 bytes.
        public static let maxHeaderListSize = Identifier(rawValue: 0x6)
        /// Whether extended CONNECT is supported, RFC 8441 §3: 0 or 1.
        public static let enableConnectProtocol = Identifier(rawValue: 0x8)
        /// Whether the sender does not use the priorities of RFC 7540, RFC 9218 §2.1: 0 or 1.
        static let noRFC7540Priorities = Identifier(rawValue: 0x9)

        /// Whether the identifier is one of these constants.
        var isDefined: Bool { rawValue < 16 && 0b11_0111_1110 &>> rawValue & 1 != 0 }
    }

    /// One setting and its value.
    public struct Entry: Hashable, Sendable {
        /// The setting.
        public var identifier: Identifier
        /// The value.
        public var value: UInt32

        /// Creates an entry.
        public init(_ identifier: Identifier, _ value: UInt32) {
            self.identifier = identifier
            self.value = value
        }
    }

    /// The settings in the order in which they are sent.
    public private(set) var entries: [Entry] = []

    /// Creates an empty collection of settings.
    public init() {}

    /// Creates settings from entries with distinct identifiers.
    init(entries: [Entry]) { self.entries = entries }

    /// The value of a setting, or `nil` if it is missing. Assigning `nil` removes it.
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
        // `Identifier` has eight constants.
        if entries.isEmpty { entries.reserveCapacity(8) }
        entries.append(Entry(identifier, value))
    }

    /// Whether there are no settings.
    public var isEmpty: Bool { entries.isEmpty }

    /// Sets each setting of `other`.
    mutating func merge(_ other: H2Settings) {
        for entry in other.entries { self[entry.identifier] = entry.value }
    }
}

extension H2Settings: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    /// Creates settings from a literal.
    public init(dictionaryLiteral elements: (Identifier, UInt32)...) {
        for (identifier, value) in elements { self[identifier] = value }
    }

    /// `[NAME: value, …]`, for logs.
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

/// A setting that took effect, with its old and new values, which can be equal. In h2:
/// `ChangedSetting`.
public struct H2SettingChange: Hashable, Sendable {
    /// The setting.
    public var identifier: H2Settings.Identifier
    /// The previous value, or `nil` if there was none. In h2: `original_value`.
    public var oldValue: UInt32?
    /// The new value. In h2: `new_value`.
    public var newValue: UInt32

    /// Creates a change of a setting.
    public init(_ identifier: H2Settings.Identifier, from oldValue: UInt32?, to newValue: UInt32) {
        self.identifier = identifier
        self.oldValue = oldValue
        self.newValue = newValue
    }
}

/// A snapshot of the settings of one side: the values in force and the unacknowledged SETTINGS.
public struct H2SettingsView: Hashable, Sendable {
    /// The values in force.
    public let inForce: H2Settings
    /// The settings of each SETTINGS frame that is not yet acknowledged, oldest first.
    public let unacknowledged: [H2Settings]

    /// The value in force, or `nil` if the setting has neither a default nor an announced value.
    public subscript(identifier: H2Settings.Identifier) -> UInt32? { inForce[identifier] }

    /// Returns whether the settings differ from an earlier snapshot, either in force or
    /// unacknowledged.
    ///
    /// Unlike jh2's `has_update`, this changes nothing, so several callers can use it.
    ///
    /// - Parameter earlier: An earlier value of the same property; with `nil`, the result is
    ///   `true`.
    public func hasUpdate(since earlier: H2SettingsView?) -> Bool { earlier != self }

    /// The size of the compression table in force, in bytes.
    public var headerTableSize: Int { Int(inForce[.headerTableSize] ?? 4_096) }
    /// Whether the server may push, according to the value in force.
    public var enablePush: Bool { (inForce[.enablePush] ?? 1) != 0 }
    /// The limit in force on streams open at once, or `nil` for no limit.
    public var maxConcurrentStreams: Int? { inForce[.maxConcurrentStreams].map { Int($0) } }
    /// The window in force for new streams, in bytes.
    public var initialWindowSize: Int { Int(inForce[.initialWindowSize] ?? 65_535) }
    /// The limit in force on frame payloads, in bytes.
    public var maxFrameSize: Int { Int(inForce[.maxFrameSize] ?? 16_384) }
    /// The limit in force on the uncompressed size of a field section, in bytes, including 32 for
    /// each field line; `nil` for no limit.
    public var maxHeaderListSize: Int? { inForce[.maxHeaderListSize].map { Int($0) } }
    /// Whether extended CONNECT may be used, according to the value in force, RFC 8441 §3.
    public var enableConnectProtocol: Bool { (inForce[.enableConnectProtocol] ?? 0) != 0 }
}
