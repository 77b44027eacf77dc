// SPDX-License-Identifier: MIT

/// Puts header sections into the form that RFC 9113 asks for, as h2 does.
enum FieldNormalization {
    /// Whether a section has to be rebuilt before it is sent.
    static func isNeeded(
        for view: FieldView, splittingCookies: Bool
    ) -> Bool {
        guard view.facts.isNormal else { return true }
        guard splittingCookies, view.facts.cookies != 0 else { return false }
        return unsafe view.fields.contains {
            unsafe $0.name == .cookie && nextCrumb(in: view.value(of: $0)[...]) != nil
        }
    }

    /// A section as it is sent: names in lower case, nothing around names and values, no
    /// connection-specific fields, and cookies split if wanted. In h2:
    /// `normalize_outbound_headers`.
    static func outbound(_ view: FieldView, splittingCookies: Bool) -> H2Headers {
        var result = H2Headers()
        for index in 0..<view.count {
            let field = view[index]
            let lowered = unsafe view.name(of: field).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
            unsafe lowered.withUnsafeBufferPointer { lowered in
                unsafe appendNormal(
                    stripped(lowered[...]), view.value(of: field), field.isNeverIndexed,
                    splittingCookies: splittingCookies, to: &result)
            }
        }
        return result
    }

    private static func appendNormal(
        _ name: Text, _ value: UnsafeBufferPointer<UInt8>, _ isNeverIndexed: Bool,
        splittingCookies: Bool, to result: inout H2Headers
    ) {
        let isCookie = unsafe name.elementsEqual("cookie".utf8)
        guard unsafe isCookie || !connectionSpecific.contains(where: name.elementsEqual) else {
            return
        }
        let name = unsafe UnsafeBufferPointer(rebasing: name)
        func append(_ value: Text) {
            unsafe result.append(
                name, UnsafeBufferPointer(rebasing: stripped(value)),
                isNeverIndexed: isNeverIndexed)
        }
        var rest = unsafe value[...]
        if splittingCookies && isCookie {
            while let end = unsafe nextCrumb(in: rest) {
                unsafe append(rest[..<end])
                unsafe rest = unsafe rest[(end + 2)...]
            }
        }
        unsafe append(rest)
    }

    /// RFC 9113 §8.2.2.
    private static let connectionSpecific: [[UInt8]] = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ].map { Array($0.utf8) }

    private typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    /// Where the first `; ` is.
    private static func nextCrumb(in value: Text) -> Int? {
        unsafe value.indices.dropLast().first {
            unsafe value[$0] == UInt8(ascii: ";") && value[$0 + 1] == UInt8(ascii: " ")
        }
    }

    /// Whether a value would be stripped.
    static func hasSurroundingWhitespace(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = unsafe value.first, let last = unsafe value.last else { return false }
        return isSpace(first) || isSpace(last)
    }

    private static func stripped(_ text: Text) -> Text {
        guard let first = unsafe text.firstIndex(where: { !isSpace($0) }),
            let last = unsafe text.lastIndex(where: { !isSpace($0) })
        else { return unsafe text[text.startIndex..<text.startIndex] }
        return unsafe text[first...last]
    }

    /// White space as Python's `bytes.strip` has it, which h2 uses.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte &- 0x09 < 5
    }

    /// A copy of a section in which all cookies, which are more than one, are joined into one
    /// field, behind all others, that is kept out of compression tables. In h2:
    /// `_combine_cookie_fields`.
    static func joiningCookies(_ view: FieldView) -> FieldBlock {
        // No more than it was: a name less, and two bytes more, for each cookie after the first.
        let joined = unsafe FieldBlock.make(
            fieldCapacity: view.count - Int(view.facts.cookies) + 1, byteCapacity: view.bytes.count)
        var cookie: [UInt8] = []
        unsafe cookie.reserveCapacity(view.bytes.count)
        var name = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        var isFirst = true
        for index in 0..<view.count {
            let field = view[index]
            let value = unsafe view.value(of: field)
            guard field.name == .cookie else {
                unsafe joined.append(
                    name: view.name(of: field), value: value,
                    isNeverIndexed: field.isNeverIndexed)
                continue
            }
            if !isFirst { cookie.append(contentsOf: "; ".utf8) }
            isFirst = false
            unsafe cookie.append(contentsOf: value)
            unsafe name = unsafe view.name(of: field)
        }
        unsafe cookie.withUnsafeBufferPointer {
            unsafe joined.append(name: name, value: $0, isNeverIndexed: true)
        }
        return joined
    }
}
