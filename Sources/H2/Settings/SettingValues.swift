// SPDX-License-Identifier: MIT

/// The values of all known settings, and a list of unknown settings.
package struct SettingValues: Sendable {
    // Not an `InlineArray` or a tuple: in debug builds, Swift 6.3 destroys copies of a value of that
    // many parts after their memory was freed. A test runs such copies.
    /// The values of the known settings: those with a `place(of:)` of 0 to 3, and those with 4 to 7.
    /// Missing settings have the defaults of RFC 9113 §6.5.2; `.max` means no limit.
    private var low = SIMD4<UInt32>(4_096, 1, .max, 65_535)
    private var high = SIMD4<UInt32>(16_384, .max, 0, 0)
    /// One bit for each known setting that is present, by identifier.
    private var present: UInt16 = 0
    /// The unknown settings, in the order in which they were set.
    private var others: [H2Settings.Entry] = []

    init(_ settings: H2Settings) {
        for entry in settings.entries { _ = replace(entry, limit: .max) }
    }

    // Direct access to the values that are read most often.
    var maxConcurrentStreams: Int { Int(low[2]) }
    var initialWindowSize: Int { Int(low[3]) }
    var maxFrameSize: Int { Int(high[0]) }

    /// The value of a setting, or `nil` if it is missing.
    subscript(identifier: H2Settings.Identifier) -> UInt32? {
        guard identifier.isDefined else {
            return others.first { $0.identifier == identifier }?.value
        }
        return isPresent(identifier) ? value(at: Self.place(of: identifier)) : nil
    }

    private func value(at place: Int) -> UInt32 { place < 4 ? low[place] : high[place &- 4] }

    /// Sets a value, and returns the previous one.
    ///
    /// - Parameter limit: An unknown setting is added only if fewer settings are present.
    @inline(__always)
    mutating func replace(_ entry: H2Settings.Entry, limit: Int) -> UInt32? {
        let identifier = entry.identifier
        guard identifier.isDefined else { return replaceOther(entry, limit) }
        let place = Self.place(of: identifier)
        let old = isPresent(identifier) ? value(at: place) : nil
        present |= 1 &<< identifier.rawValue
        if place < 4 { low[place] = entry.value } else { high[place &- 4] = entry.value }
        return old
    }

    @inline(never)
    private mutating func replaceOther(_ entry: H2Settings.Entry, _ limit: Int) -> UInt32? {
        guard let index = others.firstIndex(where: { $0.identifier == entry.identifier }) else {
            if count < limit { others.append(entry) }
            return nil
        }
        defer { others[index].value = entry.value }
        return others[index].value
    }

    private func isPresent(_ identifier: H2Settings.Identifier) -> Bool {
        present &>> identifier.rawValue & 1 != 0
    }

    /// Returns the index in `values` of a known identifier, which is 1 to 6, 8 or 9.
    private static func place(of identifier: H2Settings.Identifier) -> Int {
        Int(identifier.rawValue) &- (identifier.rawValue > 6 ? 2 : 1)
    }

    /// The number of settings that are present.
    private var count: Int { present.nonzeroBitCount + others.count }

    /// The settings as a list: the known ones by identifier, then the unknown ones.
    var settings: H2Settings {
        var entries: [H2Settings.Entry] = []
        entries.reserveCapacity(count)
        for number in 0..<UInt16(UInt16.bitWidth) {
            let identifier = H2Settings.Identifier(rawValue: number)
            guard isPresent(identifier) else { continue }
            entries.append(H2Settings.Entry(identifier, value(at: Self.place(of: identifier))))
        }
        return H2Settings(entries: entries + others)
    }
}
