// SPDX-License-Identifier: MIT

/// What is wrong with a header or trailer section, RFC 9113 §8.2 and §8.3.
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
        case .emptyName: "a field name is empty, RFC 9113 §8.2.1"
        case .badName: "a field name has a character that it may not have, RFC 9113 §8.2.1"
        case .badValue: "a field value has a character that it may not have, RFC 9113 §8.2.1"
        case .connectionSpecific: "a connection-specific field, RFC 9113 §8.2.2"
        case .te: "te is not trailers, RFC 9113 §8.2.2"
        case .unknownPseudo: "an unknown pseudo-header field, RFC 9113 §8.3"
        case .latePseudo: "a pseudo-header field after a regular one, RFC 9113 §8.3"
        case .repeatedPseudo: "a pseudo-header field is there twice, RFC 9113 §8.3"
        case .emptyPath: ":path is empty, RFC 9113 §8.3.1"
        case .pseudoInTrailers: "a pseudo-header field in trailers, RFC 9113 §8.1"
        case .noStatus: "no :status, RFC 9113 §8.3.2"
        case .requestPseudoInResponse:
            "a pseudo-header field of requests in a response, RFC 9113 §8.3"
        case .noMethod: "no :method, RFC 9113 §8.3.1"
        case .statusInRequest: ":status in a request, RFC 9113 §8.3"
        case .connectWithTarget: "CONNECT with :scheme or :path, RFC 9113 §8.5"
        case .connectWithoutAuthority: "CONNECT without :authority, RFC 9113 §8.5"
        case .noTarget: "no :scheme or :path, RFC 9113 §8.3.1"
        case .protocolWithoutConnect: ":protocol without CONNECT, RFC 8441 §4"
        case .repeatedHost: "host is there twice, RFC 9110 §7.2"
        case .noAuthority: "no :authority and no host, RFC 9113 §8.3.1"
        case .hostDiffers: ":authority and host differ, RFC 9113 §8.3.1"
        case .badStatus: ":status is not three digits from 100 to 999, RFC 9110 §15"
        case .switchingProtocols: ":status is 101, RFC 9113 §8.6"
        case .unsafePromise: "a promised request is neither GET nor HEAD, RFC 9113 §8.4"
        case .promiseWithContent: "a promised request has content, RFC 9113 §8.4"
        case .protocolNotAnnounced: ":protocol without ENABLE_CONNECT_PROTOCOL, RFC 8441 §3"
        }
    }
}

/// All that the fields of a section tell, gathered as they are appended: the same for what is
/// received and for what is sent, and whatever the section turns out to be.
struct FieldFacts {
    /// The class of a response's :status.
    enum Status {
        case none
        /// 1xx, RFC 9110 §15.2.
        case informational
        /// 101, which HTTP/2 does not have, RFC 9113 §8.6.
        case switchingProtocols
        /// 2xx, RFC 9110 §15.3.
        case successful
        /// 204 and 304 have no content, whatever content-length says, RFC 9110 §6.4.1.
        case noContent, notModified
        /// 205 must be sent without content, RFC 9110 §15.3.6.
        case resetContent
        case other
        /// Not three digits from 100 to 999, RFC 9110 §15.
        case invalid

        var isSuccessful: Bool {
            self == .successful || self == .noContent || self == .resetContent
        }
    }

    /// What is wrong with a field by itself, or with its place.
    private(set) var violation: FieldViolation?
    /// Whether this is the form in which h2 sends a section: names in lower case, nothing around
    /// values, no connection-specific fields.
    private(set) var isNormal = true

    /// One bit for each pseudo-header field that was seen.
    private(set) var pseudo: UInt8 = 0
    private(set) var hasRegular = false
    private(set) var isPathEmpty = false
    private(set) var method = RequestMethod.other
    private(set) var status = Status.none
    /// Whether :status says 1xx, and comes before any regular field. In h2:
    /// `is_informational_response`.
    private(set) var isInformational = false
    private(set) var isHostRepeated = false
    private(set) var isLastCookieEmpty = false
    /// Where these fields are, the first of each; negative where there is none.
    private(set) var authority: Int32 = -1
    private(set) var host: Int32 = -1
    /// How many cookies there are, and where the last one is.
    private(set) var cookies: Int32 = 0
    private(set) var lastCookie: Int32 = -1
    private(set) var contentLength = AnnouncedLength.none
    /// Whether there are cookies or credentials.
    private(set) var hasSensitiveFields = false

    var hasAuthority: Bool { authority >= 0 }

    @inline(__always)
    func has(_ name: FieldKind) -> Bool { pseudo & name.bit != 0 }

    /// Takes the next field into account, whose value is there. Most have nothing about them, and are
    /// done with here.
    ///
    /// Sums that the field tells are told again: here they are at hand.
    @inline(__always)
    mutating func add(
        _ field: FieldLine, at index: Int, value: UnsafeRawPointer, _ length: Int
    ) {
        // The ends are looked at more closely where one is a blank or a control character.
        if length != 0,
            unsafe value.load(as: UInt8.self) <= 0x20
                || value.load(fromByteOffset: length &- 1, as: UInt8.self) <= 0x20
        {
            unsafe addWithBlankEnds(Self.text(value, length))
        }
        guard field.name == .other, field.hasValidName else {
            return unsafe addSpecial(
                field.name, isValid: field.hasValidName, isEmpty: field.nameLength == 0,
                at: Int32(truncatingIfNeeded: index), Self.text(value, length))
        }
        hasRegular = true
    }

    private static func text(
        _ start: UnsafeRawPointer, _ count: Int
    ) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// Looks for NUL, CR and LF in the value of a field that was added.
    mutating func addControls(ofValue value: UnsafeBufferPointer<UInt8>) {
        guard unsafe FieldCharacters.hasControl(UnsafeRawBufferPointer(value)) else { return }
        if unsafe FieldCharacters.hasForbiddenControl(value) { note(.badValue) }
    }

    /// Looks for NUL, CR and LF in the values of all fields at once.
    mutating func addControls(in view: FieldView) {
        guard unsafe FieldCharacters.hasControl(view.bytes) else { return }
        for index in 0..<view.count { unsafe addControls(ofValue: view.value(of: view[index])) }
    }

    /// Notes that the last cookie was moved behind the other fields, of which there are so many.
    mutating func movedLastCookie(behind count: Int) {
        if authority > lastCookie { authority -= 1 }
        if host > lastCookie { host -= 1 }
        lastCookie = Int32(truncatingIfNeeded: count)
    }

    /// Updates the facts after the removal of fields for which there is no rule. The section must
    /// not have a violation.
    ///
    /// - Parameter view: The fields that remain.
    mutating func removed(_ range: Range<Int>, leaving view: FieldView) {
        let count = Int32(truncatingIfNeeded: range.count)
        let first = Int32(truncatingIfNeeded: range.lowerBound)
        if authority > first { authority -= count }
        if host > first { host -= count }
        if lastCookie > first { lastCookie -= count }
        // Without a violation, no pseudo-header field follows a regular one.
        hasRegular = view.count != 0 && !view[view.count - 1].name.isPseudo
    }

    private mutating func note(_ violation: FieldViolation) {
        if self.violation == nil { self.violation = violation }
    }

    @inline(never)
    private mutating func addWithBlankEnds(_ value: UnsafeBufferPointer<UInt8>) {
        if unsafe FieldCharacters.hasSurroundingBlank(value) { note(.badValue) }
        if unsafe FieldNormalization.hasSurroundingWhitespace(value) { isNormal = false }
    }

    /// Takes a field into account that a rule is about.
    @inline(never)
    private mutating func addSpecial(
        _ name: FieldKind, isValid: Bool, isEmpty: Bool, at index: Int32,
        _ value: UnsafeBufferPointer<UInt8>
    ) {
        if !isValid {
            // A name that would have to be changed has a character that it may not have.
            isNormal = false
            note(isEmpty ? .emptyName : .badName)
        }
        if name.isPseudo { return unsafe addPseudo(name, at: index, value) }
        hasRegular = true
        switch name {
        case .connectionSpecific:
            isNormal = false
            note(.connectionSpecific)
        case .te:
            if unsafe !FieldCharacters.isTrailers(value) { note(.te) }
        case .host:
            if host >= 0 { isHostRepeated = true } else { host = index }
        case .cookie:
            cookies += 1
            lastCookie = index
            isLastCookieEmpty = value.isEmpty
            hasSensitiveFields = true
        case .contentLength:
            unsafe contentLength.add(value)
        case .credentials:
            hasSensitiveFields = true
        case .method, .scheme, .authority, .path, .status, .protocol, .unknownPseudo, .other:
            break
        }
    }

    private mutating func addPseudo(
        _ name: FieldKind, at index: Int32, _ value: UnsafeBufferPointer<UInt8>
    ) {
        guard name != .unknownPseudo else { return note(.unknownPseudo) }
        if hasRegular { note(.latePseudo) }
        guard !has(name) else { return note(.repeatedPseudo) }
        pseudo |= name.bit
        switch name {
        case .method: method = unsafe RequestMethod(value)
        case .authority: authority = index
        case .path: isPathEmpty = value.isEmpty
        case .status:
            status = unsafe Status(value)
            if status == .invalid { note(.badStatus) }
            if status == .switchingProtocols { note(.switchingProtocols) }
            isInformational =
                (status == .informational || status == .switchingProtocols) && !hasRegular
        default: break
        }
    }
}

extension FieldFacts.Status {
    @inline(__always)
    fileprivate init(_ value: UnsafeBufferPointer<UInt8>) {
        self = unsafe value.isText3(0x3230, 0x3030) ? .successful : Self.parsed(value)
    }

    @inline(never)
    private static func parsed(_ value: UnsafeBufferPointer<UInt8>) -> Self {
        guard value.count == 3 else { return .invalid }
        var number = 0
        for index in 0..<3 {
            let digit = unsafe value[index] &- 0x30
            guard digit <= 9 else { return .invalid }
            number = number &* 10 &+ Int(digit)
        }
        switch number {
        case 0..<100: return .invalid
        case 101: return .switchingProtocols
        case 100..<200: return .informational
        case 204: return .noContent
        case 205: return .resetContent
        case 200..<300: return .successful
        case 304: return .notModified
        default: return .other
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether there are three bytes, of which the first two are `start` and the last two `end`,
    /// both big-endian.
    @inline(__always)
    fileprivate func isText3(_ start: UInt16, _ end: UInt16) -> Bool {
        guard count == 3, let bytes = unsafe UnsafeRawPointer(baseAddress) else { return false }
        return unsafe bytes.loadUnaligned(as: UInt16.self).bigEndian == start
            && bytes.loadUnaligned(fromByteOffset: 1, as: UInt16.self).bigEndian == end
    }
}

/// What the method of a request makes of its response.
enum RequestMethod: Sendable {
    case get, head, connect, other

    @inline(__always)
    init(_ value: UnsafeBufferPointer<UInt8>) {
        // "GE" and "ET".
        self = unsafe value.isText3(0x4745, 0x4554) ? .get : Self.other(value)
    }

    /// Parses a method that is not GET.
    @inline(never)
    private static func other(_ value: UnsafeBufferPointer<UInt8>) -> Self {
        switch value.count {
        case 4 where unsafe value.elementsEqual("HEAD".utf8): .head
        case 7 where unsafe value.elementsEqual("CONNECT".utf8): .connect
        default: .other
        }
    }
}

/// What content-length says.
enum AnnouncedLength: Sendable {
    case none
    /// Bytes; above what `Int` holds, the largest `Int`: no body is so long.
    case bytes(Int)
    /// Not digits only, RFC 9110 §8.6.
    case notANumber
    /// Two different values.
    case conflict

    /// Whether it says nothing that can be held to.
    var isMalformed: Bool {
        switch self {
        case .none, .bytes: false
        case .notANumber, .conflict: true
        }
    }

    /// Takes another field into account.
    mutating func add(_ text: UnsafeBufferPointer<UInt8>) {
        let value = unsafe Self.parse(text)
        switch (self, value) {
        case (.none, let value?): self = .bytes(value)
        case (.none, nil), (.bytes, nil): self = .notANumber
        case (.bytes(let before), let value?): if before != value { self = .conflict }
        case (.notANumber, _), (.conflict, _): break
        }
    }

    /// More digits are no number: indexed fields could repeat thousands of them in a byte each.
    private static let mostDigits = 64

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
        guard 1...mostDigits ~= text.count else { return nil }
        var value = 0
        var isHuge = false
        for index in text.indices {
            let digit = unsafe text[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit))
            value = sum
            isHuge = isHuge || overflow || carry
        }
        return isHuge ? .max : value
    }
}
