// SPDX-License-Identifier: MIT

/// Compares `:authority` with `host` after normalization, RFC 9113 §8.3.1 and RFC 3986 §6.2.
///
/// The case of the host is ignored, and for http and https an empty or default port equals none.
/// User information compares byte by byte, and a trailing dot of the host is significant.
enum AuthorityComparison {
    private typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    /// The port that http or https implies; `nil` for another scheme or none.
    static func defaultPort(ofScheme scheme: UnsafeBufferPointer<UInt8>?) -> StaticString? {
        guard let scheme = unsafe scheme else { return nil }
        if unsafe isSame(scheme[...], "http") { return "80" }
        return unsafe isSame(scheme[...], "https") ? "443" : nil
    }

    static func isSame(
        _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, defaultPort: StaticString?
    ) -> Bool {
        let (userA, hostA) = unsafe split(a, defaultPort)
        let (userB, hostB) = unsafe split(b, defaultPort)
        return unsafe userA.elementsEqual(userB) && isSameText(hostA, hostB)
    }

    /// User information with its `@`, and the rest without an empty or default port.
    private static func split(
        _ authority: UnsafeBufferPointer<UInt8>, _ defaultPort: StaticString?
    ) -> (user: Text, host: Text) {
        let start = unsafe authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        let host = unsafe authority[start...]
        return unsafe (authority[..<start], withoutPort(host, defaultPort))
    }

    private static func withoutPort(_ host: Text, _ defaultPort: StaticString?) -> Text {
        guard let defaultPort, let colon = unsafe host.lastIndex(of: UInt8(ascii: ":")) else {
            return unsafe host
        }
        // A colon inside the brackets of an IPv6 address does not begin a port.
        if let bracket = unsafe host.lastIndex(of: UInt8(ascii: "]")), bracket > colon {
            return unsafe host
        }
        let port = unsafe host[(colon + 1)...]
        return unsafe port.isEmpty || isSame(port, defaultPort) ? host[..<colon] : host
    }

    /// Compares texts without regard to case.
    private static func isSame(_ text: Text, _ other: StaticString) -> Bool {
        let other = unsafe UnsafeBufferPointer(
            start: other.utf8Start, count: other.utf8CodeUnitCount)
        return unsafe isSameText(text, other[...])
    }

    private static func isSameText(_ a: Text, _ b: Text) -> Bool {
        guard unsafe a.count == b.count else { return false }
        return unsafe zip(a, b).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}
