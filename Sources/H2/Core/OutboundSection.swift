// SPDX-License-Identifier: MIT

/// A section in the form in which it is sent.
struct OutboundSection {
    /// The section anew, if it had to be changed.
    let normalized: H2Headers?
    /// The fields, for as long as this and what was given are held.
    let fields: FieldView

    /// Ends the use of `fields`.
    @inline(__always)
    func end(of headers: borrowing H2Headers) {
        extendLifetime(headers)
        extendLifetime(normalized)
    }

    init(_ headers: borrowing H2Headers, normalizing: Bool, splittingCookies: Bool) {
        let given = headers.view
        // A section that is in that form already, as most are, is taken as it is.
        guard normalizing,
            FieldNormalization.isNeeded(for: given, splittingCookies: splittingCookies)
        else {
            self.normalized = nil
            self.fields = given
            return
        }
        let normalized = FieldNormalization.outbound(given, splittingCookies: splittingCookies)
        self.normalized = normalized
        self.fields = normalized.view
        extendLifetime(headers)
    }
}
