// SPDX-License-Identifier: MIT

/// The values of settings: each that somebody defined has its place.
package struct SettingValues: Sendable {
    // A vector, for a place by number. `InlineArray` would be that, too, but in debug builds Swift
    // 6.3 destroys copies of what holds one after their memory is freed.
    /// By place. What is not present has its default of RFC 9113 §6.5.2; none is no limit.
    private var values = SIMD8<UInt32>(4_096, 1, .max, 65_535, 16_384, .max, 0, 0)
    /// The bits of the identifiers that are present.
    private var present: UInt16 = 0
    /// Those that nobody defined, in the order in which they came.
    private var others: [H2Settings.Entry] = []

    init(_ settings: H2Settings) {
        for entry in settings.entries { _ = replace(entry, limit: .max) }
    }

    // What each frame asks for.
    var maxConcurrentStreams: Int { Int(values[2]) }
    var initialWindowSize: Int { Int(values[3]) }
    var maxFrameSize: Int { Int(values[4]) }

    /// The value of a setting, or nil where there is none.
    subscript(identifier: H2Settings.Identifier) -> UInt32? {
        guard identifier.isDefined else {
            return others.first { $0.identifier == identifier }?.value
        }
        return isPresent(identifier) ? values[Self.place(of: identifier)] : nil
    }

    /// Puts a value in force, and returns the one before.
    ///
    /// - Parameter limit: How many there may be before one is kept that nobody defined.
    @inline(__always)
    mutating func replace(_ entry: H2Settings.Entry, limit: Int) -> UInt32? {
        let identifier = entry.identifier
        guard identifier.isDefined else { return replaceOther(entry, limit) }
        let place = Self.place(of: identifier)
        let old = isPresent(identifier) ? values[place] : nil
        present |= 1 &<< identifier.rawValue
        values[place] = entry.value
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

    /// Identifiers that are defined are 1 to 6, 8 and 9.
    private static func place(of identifier: H2Settings.Identifier) -> Int {
        Int(identifier.rawValue) &- (identifier.rawValue > 6 ? 2 : 1)
    }

    /// How many settings have a value.
    private var count: Int { present.nonzeroBitCount + others.count }

    /// The same as a list, in the order of identifiers, and then of those that nobody defined.
    var settings: H2Settings {
        var entries: [H2Settings.Entry] = []
        entries.reserveCapacity(count)
        for number in 0..<UInt16(UInt16.bitWidth) {
            let identifier = H2Settings.Identifier(rawValue: number)
            guard isPresent(identifier) else { continue }
            entries.append(H2Settings.Entry(identifier, values[Self.place(of: identifier)]))
        }
        return H2Settings(entries: entries + others)
    }
}
