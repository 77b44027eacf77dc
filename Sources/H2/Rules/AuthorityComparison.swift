// SPDX-License-Identifier: MIT

/// Compares `:authority` with `host` after normalization, RFC 9113 §8.3.1 and RFC 3986 §6.2.
///
/// The comparison ignores the case of the host and, for http and https, an empty or default port.
/// It compares user information byte by byte, and a trailing dot of the host is significant.
enum AuthorityComparison {
    private typealias Text = ArraySlice<UInt8>

    /// Returns the port that http or https implies; `nil` for another scheme or none.
    static func defaultPort(ofScheme scheme: [UInt8]?) -> String? {
        guard let scheme else { return nil }
        if isSame(scheme[...], "http".utf8) { return "80" }
        return isSame(scheme[...], "https".utf8) ? "443" : nil
    }

    static func isSame(_ a: [UInt8], _ b: [UInt8], defaultPort: String?) -> Bool {
        let (userA, hostA) = split(a, defaultPort)
        let (userB, hostB) = split(b, defaultPort)
        return userA == userB && isSame(hostA, hostB)
    }

    /// Returns the user information with its `@`, and the rest without an empty or default port.
    private static func split(
        _ authority: [UInt8], _ defaultPort: String?
    ) -> (user: Text, host: Text) {
        let start = authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        return (authority[..<start], withoutPort(authority[start...], defaultPort))
    }

    private static func withoutPort(_ host: Text, _ defaultPort: String?) -> Text {
        guard let defaultPort, let colon = host.lastIndex(of: UInt8(ascii: ":")) else {
            return host
        }
        // A colon inside the brackets of an IPv6 address does not begin a port.
        if let bracket = host.lastIndex(of: UInt8(ascii: "]")), bracket > colon { return host }
        let port = host[(colon + 1)...]
        return port.isEmpty || port.elementsEqual(defaultPort.utf8) ? host[..<colon] : host
    }

    /// Returns whether two texts are equal, ignoring the case of ASCII letters.
    private static func isSame(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        a.count == b.count
            && zip(a, b).allSatisfy {
                FieldCharacters.lowercased($0) == FieldCharacters.lowercased($1)
            }
    }
}
