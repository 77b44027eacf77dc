// SPDX-License-Identifier: MIT

/// The rules for header and trailer sections, RFC 9113 §8.2 and §8.3, both received and sent.
///
/// The rules are those of h2, but stricter in two cases: h2 does not check the characters of sent
/// names and values, and it joins received cookies before it checks them.
enum FieldRules {
    /// The part of a message that a section is.
    enum Section {
        /// A request or a promised request.
        case request
        /// A response, final or 1xx.
        case response
        case trailers

        /// Creates the section from the effect of a field block on the state of its stream.
        init(_ transition: StreamTransition) {
            switch transition {
            case .request: self = .request
            case .trailers: self = .trailers
            case .response, .done, .ignored, .violation, .streamClosed: self = .response
            }
        }
    }

    /// Returns how a section violates the rules; `nil` if it does not.
    ///
    /// - Parameter joiningCookies: Whether all cookies become one field. That field must not end
    ///   with a space, so the last of several cookies must not be empty.
    static func violation(
        of fields: FieldSection, in section: Section, joiningCookies: Bool = false
    ) -> FieldViolation? {
        let facts = fields.facts
        if let violation = facts.violation { return violation }
        if joiningCookies, facts.cookies > 1, facts.isLastCookieEmpty { return .badValue }
        switch section {
        case .trailers:
            return facts.pseudo == 0 ? nil : .pseudoInTrailers
        case .response:
            guard facts.has(.status) else { return .noStatus }
            return facts.pseudo == FieldKind.status.bit ? nil : .requestPseudoInResponse
        case .request:
            return violation(ofRequest: facts) ?? violation(ofAuthority: fields, facts)
        }
    }

    private static func violation(ofRequest facts: FieldFacts) -> FieldViolation? {
        if facts.isPathEmpty { return .emptyPath }
        guard facts.has(.method) else { return .noMethod }
        guard !facts.has(.status) else { return .statusInRequest }
        let target = FieldKind.scheme.bit | FieldKind.path.bit
        let isExtended = facts.has(.protocol)
        if facts.method == .connect && !isExtended {
            guard facts.pseudo & target == 0 else { return .connectWithTarget }
            return facts.hasAuthority ? nil : .connectWithoutAuthority
        }
        guard facts.pseudo & target == target else { return .noTarget }
        return isExtended && facts.method != .connect ? .protocolWithoutConnect : nil
    }

    /// Returns how a promised request violates RFC 9113 §8.4: it must be safe, cacheable and
    /// without content.
    static func violation(ofPromise facts: FieldFacts) -> FieldViolation? {
        guard facts.method == .get || facts.method == .head else { return .unsafePromise }
        switch facts.contentLength {
        case .none, .bytes(0): return nil
        case .bytes, .notANumber, .conflict: return .promiseWithContent
        }
    }

    @inline(__always)
    private static func violation(
        ofAuthority fields: FieldSection, _ facts: FieldFacts
    ) -> FieldViolation? {
        if facts.isHostRepeated { return .repeatedHost }
        guard facts.host >= 0 else { return facts.hasAuthority ? nil : .noAuthority }
        guard facts.hasAuthority else { return nil }
        return isSameServer(fields, Int(facts.authority), Int(facts.host)) ? nil : .hostDiffers
    }

    /// Returns whether `:authority` and `host`, which have these indices, name the same server.
    @inline(never)
    private static func isSameServer(
        _ fields: FieldSection, _ authority: Int, _ host: Int
    ) -> Bool {
        let isEqual = fields.withValue(at: authority) { authority in
            fields.withValue(at: host) { authority.isEqual(to: $0) }
        }
        if isEqual { return true }
        let scheme = fields.firstIndex(of: .scheme).map { fields.value(at: $0) }
        return AuthorityComparison.isSame(
            fields.value(at: authority), fields.value(at: host),
            defaultPort: AuthorityComparison.defaultPort(ofScheme: scheme))
    }
}
