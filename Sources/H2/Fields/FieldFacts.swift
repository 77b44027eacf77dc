// SPDX-License-Identifier: MIT

/// A violation of the rules for header and trailer sections, RFC 9113 §8.2 and §8.3.
enum FieldViolation: UInt8 {
    case emptyName, badName, badValue, connectionSpecific, te
    case unknownPseudo, latePseudo, repeatedPseudo, emptyPath
    case pseudoInTrailers, noStatus, requestPseudoInResponse, noMethod, statusInRequest
    case connectWithTarget, connectWithoutAuthority, noTarget, protocolWithoutConnect
    case repeatedHost, noAuthority, hostDiffers
    case badStatus, switchingProtocols
    case unsafePromise, promiseWithContent, protocolNotAnnounced

    var reason: String {
        switch self {
        case .emptyName: "empty field name, RFC 9113 §8.2.1"
        case .badName: "invalid character in a field name, RFC 9113 §8.2.1"
        case .badValue:
            "NUL, CR or LF in a field value, or whitespace around one, RFC 9113 §8.2.1"
        case .connectionSpecific: "connection-specific field, RFC 9113 §8.2.2"
        case .te: "te field with a value other than trailers, RFC 9113 §8.2.2"
        case .unknownPseudo: "unknown pseudo-header field, RFC 9113 §8.3"
        case .latePseudo: "pseudo-header field after a regular field, RFC 9113 §8.3"
        case .repeatedPseudo: "duplicate pseudo-header field, RFC 9113 §8.3"
        case .emptyPath: ":path is empty, RFC 9113 §8.3.1"
        case .pseudoInTrailers: "pseudo-header field in trailers, RFC 9113 §8.1"
        case .noStatus: ":status is missing, RFC 9113 §8.3.2"
        case .requestPseudoInResponse:
            "pseudo-header field for requests in a response, RFC 9113 §8.3"
        case .noMethod: ":method is missing, RFC 9113 §8.3.1"
        case .statusInRequest: ":status in a request, RFC 9113 §8.3"
        case .connectWithTarget: "CONNECT with :scheme or :path, RFC 9113 §8.5"
        case .connectWithoutAuthority: "CONNECT without :authority, RFC 9113 §8.5"
        case .noTarget: ":scheme or :path is missing, RFC 9113 §8.3.1"
        case .protocolWithoutConnect: ":protocol with a method other than CONNECT, RFC 8441 §4"
        case .repeatedHost: "duplicate host field, RFC 9110 §7.2"
        case .noAuthority: ":authority and host are missing, RFC 9113 §8.3.1"
        case .hostDiffers: ":authority and host differ, RFC 9113 §8.3.1"
        case .badStatus: ":status is not a number from 100 to 999, RFC 9110 §15"
        case .switchingProtocols: ":status is 101, RFC 9113 §8.6"
        case .unsafePromise: "method of a promised request is neither GET nor HEAD, RFC 9113 §8.4"
        case .promiseWithContent: "promised request with content, RFC 9113 §8.4"
        case .protocolNotAnnounced:
            ":protocol although ENABLE_CONNECT_PROTOCOL is not 1, RFC 8441 §3"
        }
    }
}

/// The facts that the rules need about the field lines of a section, gathered as lines are
/// appended. They are the same for received and sent sections, and for requests, responses and
/// trailers.
struct FieldFacts {
    /// The class of a response's :status.
    enum Status {
        case none
        /// 1xx, RFC 9110 §15.2.
        case informational
        /// 101, which HTTP/2 does not support, RFC 9113 §8.6.
        case switchingProtocols
        /// 2xx, RFC 9110 §15.3.
        case successful
        /// 204 and 304, which have no content, whatever their content-length, RFC 9110 §6.4.1.
        case noContent, notModified
        /// 205, which must be sent without content, RFC 9110 §15.3.6.
        case resetContent
        case other
        /// Not three digits from 100 to 999, RFC 9110 §15.
        case invalid

        var isSuccessful: Bool {
            self == .successful || self == .noContent || self == .resetContent
        }
    }

    /// The first violation by a field line or its position.
    private(set) var violation: FieldViolation?
    /// Whether the section needs no normalization: all names are valid, no value has white space
    /// around it, and no field is connection-specific.
    private(set) var isNormal = true

    /// One bit for each pseudo-header field of the section.
    private(set) var pseudo: UInt8 = 0
    private(set) var hasRegular = false
    private(set) var isPathEmpty = false
    private(set) var method = RequestMethod.other
    private(set) var status = Status.none
    /// Whether `:status` is 1xx and precedes all regular fields. In h2:
    /// `is_informational_response`.
    private(set) var isInformational = false
    private(set) var isHostRepeated = false
    private(set) var isLastCookieEmpty = false
    /// The index of the first `:authority` and of the first `host`; negative if there is none.
    private(set) var authority: Int32 = -1
    private(set) var host: Int32 = -1
    /// The number of cookies, and the index of the last one.
    private(set) var cookies: Int32 = 0
    private(set) var lastCookie: Int32 = -1
    private(set) var contentLength = AnnouncedLength.none
    /// Whether there are cookies or credentials.
    private(set) var hasSensitiveFields = false

    var hasAuthority: Bool { authority >= 0 }

    @inline(__always)
    func has(_ name: FieldKind) -> Bool { pseudo & name.bit != 0 }

    /// Records the facts about the next field line.
    ///
    /// Control characters inside values are left to `FieldSection.finish(_:)`, which checks all
    /// lines at once.
    @inline(__always)
    mutating func add(_ line: FieldLine, at index: Int, value: Span<UInt8>) {
        if value.count != 0 {
            let (first, last) = (value[0], value[value.count &- 1])
            if first <= 0x20 || last <= 0x20 { addEnds(first, last) }
        }
        guard line.kind == .other, line.hasValidName else {
            return addSpecial(
                line.kind, isValid: line.hasValidName, isEmpty: line.nameLength == 0,
                at: Int32(truncatingIfNeeded: index), value)
        }
        hasRegular = true
    }

    /// Returns whether a value contains no NUL, CR or LF, and neither begins nor ends with white
    /// space. The value must be in a field section: see `FieldCharacters.hasControl`.
    static func isNormalValue(_ value: Span<UInt8>) -> Bool {
        if value.isEmpty { return true }
        if FieldCharacters.hasForbiddenControl(value) { return false }
        let (first, last) = (value[0], value[value.count &- 1])
        return !FieldCharacters.isStripped(first) && !FieldCharacters.isStripped(last)
    }

    /// Takes a line into account to which no rule applies, and whose name and value are valid and in
    /// normal form.
    @inline(__always)
    mutating func addRegular() { hasRegular = true }

    /// Updates the facts after the only cookie was moved to `index`.
    mutating func adjust(toCookieAt index: Int) {
        let index = Int32(truncatingIfNeeded: index)
        func moved(_ other: Int32) -> Int32 {
            if other > lastCookie && other <= index { return other - 1 }
            return other >= index && other < lastCookie ? other + 1 : other
        }
        authority = moved(authority)
        host = moved(host)
        lastCookie = index
    }

    /// Updates the facts after field lines to which no rule applies were removed. The section must
    /// not have a violation.
    ///
    /// - Parameter hasRegular: Whether the last remaining line is a regular field. If it is not,
    ///   there is none, because no pseudo-header field follows a regular one.
    mutating func adjust(toRemoved range: Range<Int>, hasRegular: Bool) {
        let count = Int32(truncatingIfNeeded: range.count)
        let first = Int32(truncatingIfNeeded: range.lowerBound)
        if authority > first { authority -= count }
        if host > first { host -= count }
        if lastCookie > first { lastCookie -= count }
        self.hasRegular = hasRegular
    }

    /// Records a violation, unless an earlier one is recorded.
    mutating func record(_ violation: FieldViolation) {
        if self.violation == nil { self.violation = violation }
    }

    /// Records the facts about a value whose first or last byte is a control character or a space.
    @inline(never)
    private mutating func addEnds(_ first: UInt8, _ last: UInt8) {
        if FieldCharacters.isBlank(first) || FieldCharacters.isBlank(last) { record(.badValue) }
        if FieldCharacters.isStripped(first) || FieldCharacters.isStripped(last) {
            isNormal = false
        }
    }

    /// Records the facts about a field line that has an invalid name or to which a rule applies.
    @inline(never)
    private mutating func addSpecial(
        _ kind: FieldKind, isValid: Bool, isEmpty: Bool, at index: Int32, _ value: Span<UInt8>
    ) {
        if !isValid {
            // Normalization changes the name, or cannot make it valid.
            isNormal = false
            record(isEmpty ? .emptyName : .badName)
        }
        if kind.isPseudo { return addPseudo(kind, at: index, value) }
        hasRegular = true
        switch kind {
        case .connectionSpecific:
            isNormal = false
            record(.connectionSpecific)
        case .te:
            if !Self.isTrailers(value) { record(.te) }
        case .host:
            if host >= 0 { isHostRepeated = true } else { host = index }
        case .cookie:
            cookies += 1
            lastCookie = index
            isLastCookieEmpty = value.isEmpty
            hasSensitiveFields = true
        case .contentLength:
            contentLength.add(value)
        case .credentials:
            hasSensitiveFields = true
        case .method, .scheme, .authority, .path, .status, .protocol, .unknownPseudo, .other:
            break
        }
    }

    private static func isTrailers(_ value: Span<UInt8>) -> Bool {
        if value.isEqual(to: "trailers") { return true }
        let lowercased = value.copied.map(FieldCharacters.lowercased)
        return lowercased.span.isEqual(to: "trailers")
    }

    private mutating func addPseudo(
        _ name: FieldKind, at index: Int32, _ value: Span<UInt8>
    ) {
        guard name != .unknownPseudo else { return record(.unknownPseudo) }
        if hasRegular { record(.latePseudo) }
        guard !has(name) else { return record(.repeatedPseudo) }
        pseudo |= name.bit
        switch name {
        case .method: method = RequestMethod(value)
        case .authority: authority = index
        case .path: isPathEmpty = value.isEmpty
        case .status:
            status = Status(value)
            if status == .invalid { record(.badStatus) }
            if status == .switchingProtocols { record(.switchingProtocols) }
            isInformational =
                (status == .informational || status == .switchingProtocols) && !hasRegular
        default: break
        }
    }
}

extension FieldFacts.Status {
    fileprivate init(_ value: Span<UInt8>) {
        guard value.count == 3, let number = value.decimal else {
            self = .invalid
            return
        }
        switch number {
        case 0..<100: self = .invalid
        case 101: self = .switchingProtocols
        case 100..<200: self = .informational
        case 204: self = .noContent
        case 205: self = .resetContent
        case 200..<300: self = .successful
        case 304: self = .notModified
        default: self = .other
        }
    }
}

extension Span<UInt8> {
    /// The value of the decimal digits, at most `Int.max`; `nil` if there are no bytes, or if any
    /// is not a digit.
    var decimal: Int? {
        guard !isEmpty else { return nil }
        var value = 0
        if count <= 18 {
            for index in indices {
                let digit = self[index] &- 0x30
                guard digit <= 9 else { return nil }
                value = value &* 10 &+ Int(digit)
            }
            return value
        }
        var hasOverflowed = false
        for index in indices {
            let digit = self[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            value = sum
            hasOverflowed = hasOverflowed || overflow || carry
        }
        return hasOverflowed ? .max : value
    }
}

/// The request methods that rules distinguish.
enum RequestMethod: Sendable {
    case get, head, connect, other

    init(_ value: Span<UInt8>) {
        if value.isEqual(to: "GET") {
            self = .get
        } else if value.isEqual(to: "HEAD") {
            self = .head
        } else {
            self = value.isEqual(to: "CONNECT") ? .connect : .other
        }
    }
}

/// The length that the content-length fields of a section announce.
enum AnnouncedLength: Sendable {
    case none
    /// A number of bytes, at most `Int.max`, which no body reaches.
    case bytes(Int)
    /// A value that is not a number, RFC 9110 §8.6.
    case notANumber
    /// Different values.
    case conflict

    /// Whether no body can match the announcement.
    var isMalformed: Bool {
        switch self {
        case .none, .bytes: false
        case .notANumber, .conflict: true
        }
    }

    /// Adds the value of another content-length field.
    mutating func add(_ text: Span<UInt8>) {
        let value = text.count <= Self.maxDigits ? text.decimal : nil
        switch (self, value) {
        case (.none, let value?): self = .bytes(value)
        case (.none, nil), (.bytes, nil): self = .notANumber
        case (.bytes(let before), let value?): if before != value { self = .conflict }
        case (.notANumber, _), (.conflict, _): break
        }
    }

    /// The largest number of digits that is parsed. Without this limit, indexed fields could repeat
    /// a value with thousands of digits, one byte each.
    private static let maxDigits = 64
}
