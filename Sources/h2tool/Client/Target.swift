// SPDX-License-Identifier: MIT

import FoundationEssentials

/// The parts of a URL that a request needs.
package struct Target: Hashable {
    /// A name or an address, without brackets.
    package let host: String
    package let port: UInt16
    /// `:authority`: the host, and the port unless it is 80.
    package let authority: String
    /// `:path`, including the query.
    package let path: String

    /// Parses an http URL as curl does: `http://` is optional, and characters that are invalid in a
    /// URL are percent-encoded.
    package init(_ text: String) throws(Failure) {
        let scheme = text.prefix { $0.isLetter || $0.isNumber || "+-.".contains($0) }
        let hasScheme = text.dropFirst(scheme.count).hasPrefix("://")
        switch hasScheme ? scheme.lowercased() : "http" {
        case "http": break
        case "https":
            throw Failure("\(text): h2tool speaks HTTP/2 only without TLS; use an http:// URL")
        default: throw Failure("\(text): \(scheme):// is not supported; use an http:// URL")
        }
        let start = text.dropFirst(hasScheme ? "http://".count : 0).prefix { !"/?#%".contains($0) }
        if start.count(where: { $0 == ":" }) > 1,
            start.allSatisfy({ $0.isHexDigit || ":.".contains($0) })
        {
            throw Failure("\(text): write an IPv6 address in brackets, as in [\(start)]")
        }
        let url = Self.encoded(hasScheme ? text : "http://\(text)")
        guard let parts = URLComponents(string: url), let whole = parts.string,
            let host = parts.encodedHost
        else { throw Failure("\(text): not a valid URL (http://HOST:PORT/PATH)") }
        if parts.user != nil { throw Failure("\(text): a user name in a URL is not supported") }
        if host.isEmpty { throw Failure("\(text): the host is missing") }
        let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if host == address, host.contains("%") {
            throw Failure("\(text): the host has characters that are invalid in a name")
        }
        // `URLComponents.port` is nil for no port, but also for one that exceeds `Int.max`.
        let port = parts.rangeOfPort.map { String(whole[$0]) } ?? ""
        guard let number = UInt16(port.isEmpty ? "80" : port), number > 0 else {
            throw Failure("\(text): \(port) is not a port; ports are 1 to 65535")
        }
        self.port = number
        self.host = address.replacing("%25", with: "%")
        authority = number == 80 ? host : "\(host):\(number)"
        let query = parts.percentEncodedQuery.map { "?\($0)" } ?? ""
        path = (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath) + query
    }

    /// Percent-encodes characters that are invalid in a URL. `URLComponents` also does so, but then
    /// encodes existing percent signs once more.
    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let character = Character(Unicode.Scalar(byte))
            if (0x21...0x7e).contains(byte), !"\"<>\\^`{|}".contains(character) {
                result.append(character)
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}
