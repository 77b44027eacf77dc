// SPDX-License-Identifier: MIT

/// Puts header sections into the form that RFC 9113 asks for, as h2 does.
enum HeaderNormalization {
    /// A section as it is sent: names in lower case, nothing around names and values, no
    /// connection-specific fields, and cookies split if wanted. In h2:
    /// `normalize_outbound_headers`.
    ///
    /// A section that is in that form already, as most are, is returned as it is.
    static func outbound(_ headers: H2Headers, splittingCookies: Bool) -> H2Headers {
        let isNormal = unsafe headers.bytes.withUnsafeBufferPointer { bytes in
            headers.fields.allSatisfy {
                unsafe Self.isNormal($0, bytes, splittingCookies: splittingCookies)
            }
        }
        return isNormal ? headers : rebuilt(headers, splittingCookies: splittingCookies)
    }

    private static func isNormal(
        _ field: H2Headers.Field, _ bytes: UnsafeBufferPointer<UInt8>, splittingCookies: Bool
    ) -> Bool {
        switch field.name {
        case .connectionSpecific: return false
        case .cookie where splittingCookies:
            guard unsafe nextCrumb(in: bytes[field.valueRange]) == nil else { return false }
        default: break
        }
        // A name that would have to be changed has a character that it may not have.
        return unsafe field.nameLength != 0
            && !FieldCharacters.isBadName(field.nameRange, of: bytes)
            && !isPadded(bytes[field.valueRange])
    }

    private static func isPadded(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = unsafe text.first, let last = unsafe text.last else { return false }
        return isSpace(first) || isSpace(last)
    }

    private static func rebuilt(_ headers: H2Headers, splittingCookies: Bool) -> H2Headers {
        var result = H2Headers()
        for field in headers.fields {
            let lowered = headers.bytes[field.nameRange].map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            let name = stripped(lowered[...])
            let known = FieldName(name)
            guard known != .connectionSpecific else { continue }
            let indexing: H2Header.Indexing = field.isNeverIndexed ? .never : .automatic
            var value = headers.bytes[field.valueRange]
            if splittingCookies && known == .cookie {
                while let end = nextCrumb(in: value) {
                    result.append(
                        name: name, value: stripped(value[..<end]), indexing: indexing)
                    value = value[(end + 2)...]
                }
            }
            result.append(name: name, value: stripped(value), indexing: indexing)
        }
        return result
    }

    /// Where the first `; ` is.
    private static func nextCrumb<Bytes: RandomAccessCollection<UInt8>>(
        in value: Bytes
    ) -> Int? where Bytes.Index == Int {
        value.indices.dropLast().first {
            value[$0] == UInt8(ascii: ";") && value[$0 + 1] == UInt8(ascii: " ")
        }
    }

    private static func stripped(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return [] }
        return text[first...last]
    }

    /// White space as Python's `bytes.strip` has it, which h2 uses.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte &- 0x09 < 5
    }

    /// A received section, its cookies joined into one field behind all others. In h2:
    /// `_combine_cookie_fields`.
    static func joiningCookies(
        _ bytes: UnsafeBufferPointer<UInt8>, _ fields: UnsafeBufferPointer<H2Headers.Field>
    ) -> H2Headers {
        let count = unsafe fields.count { $0.name == .cookie }
        guard count != 0 else {
            return unsafe H2Headers(bytes: Array(bytes), fields: Array(fields))
        }
        // One name less and two bytes more for each cookie after the first.
        var joined = H2Headers(
            byteCapacity: bytes.count - (count - 1) * 4, fieldCapacity: fields.count - count + 1)
        for index in fields.indices {
            let field = unsafe fields[index]
            if field.name == .cookie { continue }
            unsafe joined.append(
                name: bytes[field.nameRange], value: bytes[field.valueRange],
                indexing: field.isNeverIndexed ? .never : .automatic)
        }
        joined.append(name: "cookie".utf8, value: EmptyCollection(), indexing: .never)
        var isFirst = true
        for index in fields.indices {
            let field = unsafe fields[index]
            guard field.name == .cookie else { continue }
            if !isFirst { joined.extendLastValue(with: "; ".utf8) }
            unsafe joined.extendLastValue(with: bytes[field.valueRange])
            isFirst = false
        }
        return joined
    }

    /// Whether a field is kept out of compression tables, whatever the caller says, RFC 7541
    /// §7.1.3: credentials, and cookies short enough to be guessed. In h2: `_secure_headers`.
    static func isSecret(_ field: H2Headers.Field) -> Bool {
        field.name == .credentials || field.name == .cookie && field.valueLength < 20
    }
}
