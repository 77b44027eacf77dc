// SPDX-License-Identifier: MIT

/// Normalizes field sections as h2 does, RFC 9113 §8.2.
enum FieldNormalization {
    /// Returns whether `outbound` can change a section.
    static func isNeeded(for section: FieldSection, splittingCookies: Bool) -> Bool {
        let facts = section.facts
        guard facts.isNormal else { return true }
        guard splittingCookies, facts.cookies != 0 else { return false }
        return (0..<section.count).contains {
            section[$0].kind == .cookie && cookiePairs(section.value(at: $0)).count > 1
        }
    }

    /// Returns a normalized section to send: lowercase names, no white space around names and
    /// values, no connection-specific fields. In h2: `normalize_outbound_headers`.
    ///
    /// - Parameter splittingCookies: Whether each cookie-pair becomes a field line of its own.
    static func outbound(_ section: FieldSection, splittingCookies: Bool) -> FieldSection {
        var result = FieldSection.empty
        for index in 0..<section.count {
            let name = stripped(section.name(at: index)[...]).map(FieldCharacters.lowercased)
            guard !connectionSpecific.contains(name) else { continue }
            let value = section.value(at: index)
            let isSplit = splittingCookies && name == cookie
            for part in isSplit ? cookiePairs(value) : [value[...]] {
                let part = stripped(part)
                FieldSection.append(
                    name.span, part.span,
                    isNeverIndexed: section[index].isNeverIndexed, to: &result)
            }
        }
        return result
    }

    /// The names of connection-specific fields, RFC 9113 §8.2.2.
    private static let connectionSpecific = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ].map { Array($0.utf8) }

    private static let cookie = Array("cookie".utf8)

    /// Returns the cookie-pairs of a value, which `; ` separates.
    private static func cookiePairs(_ value: [UInt8]) -> [ArraySlice<UInt8>] {
        var pairs: [ArraySlice<UInt8>] = []
        var start = 0
        for index in value.indices.dropLast()
        where value[index] == UInt8(ascii: ";") && value[index + 1] == UInt8(ascii: " ") {
            pairs.append(value[start..<index])
            start = index + 2
        }
        return pairs + [value[start...]]
    }

    private static func stripped(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rest = text.drop(while: FieldCharacters.isStripped)
        let end = rest.lastIndex { !FieldCharacters.isStripped($0) }
        return end.map { rest[...$0] } ?? rest
    }

    /// Returns a copy of a section that contains cookies, with all cookies joined into one field
    /// line, which follows all others and is never indexed. In h2: `_combine_cookie_fields`.
    static func joiningCookies(_ section: FieldSection) -> FieldSection {
        // Each cookie after the first adds a separator of 2 bytes and saves a name of 6 bytes.
        var joined = FieldSection.make(
            fieldCapacity: section.count - Int(section.facts.cookies) + 1,
            byteCapacity: section.byteCount)
        var cookies: [UInt8] = []
        cookies.reserveCapacity(section.byteCount)
        for index in 0..<section.count {
            let line = section[index]
            section.withValue(at: index) { value in
                if line.kind == .cookie {
                    cookies += "; ".utf8
                    unsafe value.withUnsafeBufferPointer { unsafe cookies += $0 }
                } else {
                    section.withName(at: index) { name in
                        FieldSection.append(
                            name, value, isNeverIndexed: line.isNeverIndexed, to: &joined)
                    }
                }
            }
        }
        let value = cookies.dropFirst(2)
        FieldSection.append(cookie.span, value.span, isNeverIndexed: true, to: &joined)
        return joined
    }
}
