// SPDX-License-Identifier: MIT

/// What a header or trailer section must look like, RFC 9113 §8.2 and §8.3; the same rules for what
/// is received and for what is sent. They are h2's, and stricter only where it checks nothing on
/// the way out, the characters of names and values, and where cookies that are to be joined break a
/// rule on the wire.
enum FieldRules {
    /// What the section belongs to.
    enum Section {
        /// A request, also one that is promised.
        case request
        /// A response, final or 1xx.
        case response
        case trailers

        /// The section that the state of a stream makes of a field block.
        init(_ transition: StreamTransition) {
            switch transition {
            case .request: self = .request
            case .trailers: self = .trailers
            case .response, .done, .ignored, .violation, .streamClosed: self = .response
            }
        }
    }

    /// What is wrong with a section; nil if nothing is.
    ///
    /// - Parameter joiningCookies: Whether cookies, of which each was looked at by itself, are to
    ///   become one field: then it must not end with a blank.
    static func violation(
        of view: FieldView, in section: Section, joiningCookies: Bool = false
    ) -> FieldViolation? {
        let facts = view.facts
        if let violation = facts.violation { return violation }
        if joiningCookies, facts.cookies > 1, facts.isLastCookieEmpty { return .badValue }
        switch section {
        case .trailers:
            return facts.pseudo == 0 ? nil : .pseudoInTrailers
        case .response:
            guard facts.has(.status) else { return .noStatus }
            return facts.pseudo == FieldKind.status.bit ? nil : .requestPseudoInResponse
        case .request:
            return violation(ofRequest: facts) ?? violation(ofAuthority: view)
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
    private static func violation(ofAuthority view: FieldView) -> FieldViolation? {
        let facts = view.facts
        if facts.isHostRepeated { return .repeatedHost }
        guard facts.host >= 0 else { return facts.hasAuthority ? nil : .noAuthority }
        return !facts.hasAuthority || isSameServer(view) ? nil : .hostDiffers
    }

    /// Whether `:authority` and `host` name the same server.
    @inline(never)
    private static func isSameServer(_ view: FieldView) -> Bool {
        let authority = unsafe view.value(of: view[Int(view.facts.authority)])
        let host = unsafe view.value(of: view[Int(view.facts.host)])
        if unsafe authority.elementsEqual(host) { return true }
        let scheme = unsafe view.fields.first { $0.name == .scheme }
        let defaultPort = unsafe AuthorityComparison.defaultPort(
            ofScheme: scheme.map { unsafe view.value(of: $0) })
        return unsafe AuthorityComparison.isSame(authority, host, defaultPort: defaultPort)
    }
}
