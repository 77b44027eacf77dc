// SPDX-License-Identifier: MIT

/// Gives field sections the form that RFC 9113 requires, as h2 does.
enum FieldNormalization {
    /// Whether a section must be rebuilt before it is sent.
    static func isNeeded(for section: FieldSection, splittingCookies: Bool) -> Bool {
        let facts = section.facts
        guard facts.isNormal else { return true }
        guard splittingCookies, facts.cookies != 0 else { return false }
        return (0..<section.count).contains {
            section[$0].kind == .cookie && cookiePairs(section.value(at: $0)).count > 1
        }
    }

    /// A section as it is sent: names in lower case, nothing around names and values, no
    /// connection-specific fields, and, if wanted, a field line for each cookie-pair. In h2:
    /// `normalize_outbound_headers`.
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

    /// RFC 9113 §8.2.2.
    private static let connectionSpecific = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ].map { Array($0.utf8) }

    private static let cookie = Array("cookie".utf8)

    /// The parts of the value of a cookie, which `; ` separates.
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

    /// A copy of a section with more than one cookie in which they are joined into one field line,
    /// after all others, that is kept out of compression tables. In h2: `_combine_cookie_fields`.
    static func joiningCookies(_ section: FieldSection) -> FieldSection {
        // Each cookie after the first adds two bytes and saves a name.
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
