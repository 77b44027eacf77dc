// SPDX-License-Identifier: MIT

package import H2

/// The method, fields and body that are sent to each URL.
package struct Request {
    package let method: String
    /// The body; `nil` if there is none.
    let body: Upload?
    /// The fields of `-H`. An empty list of values removes the default field of that name.
    private var fields: [(name: String, values: [String])] = []

    /// - Parameter lines: The arguments of `-H`: `Name: value` sends a field, `Name:` removes a
    ///   default field, and `Name;` sends an empty value.
    package init(method: String, fields lines: [String], body: Upload? = nil) throws(Failure) {
        self.method = method
        self.body = body
        guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
            throw Failure("-X '\(method)': this is not a valid method, RFC 9110 §9.1")
        }
        if method == "CONNECT" { throw Failure("-X CONNECT: h2tool does not open tunnels") }
        for line in lines { try add(line) }
    }

    private mutating func add(_ line: String) throws(Failure) {
        let nameEnd = line.firstIndex(of: ":") ?? line.firstIndex(of: ";") ?? line.endIndex
        let name = line[..<nameEnd].lowercased()
        let rest = line[nameEnd...].dropFirst()
        let value = String(rest.trimmingPrefix { $0 == " " || $0 == "\t" })
        let isEmptyValue = line[nameEnd...] == ";"
        if line.hasPrefix(":") {
            throw Failure("-H '\(line)': -X, the URL and -H 'Host: …' set pseudo-header fields")
        }
        guard line[nameEnd...].hasPrefix(":") || isEmptyValue else {
            throw Failure("-H '\(line)': write a field as 'Name: value', 'Name:' or 'Name;'")
        }
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
            throw Failure("-H '\(line)': the field name is empty or has invalid characters")
        }
        if value.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) {
            throw Failure("-H '\(line)': the value has control characters".printable)
        }
        if Self.forbidden.contains(name) && !value.isEmpty {
            throw Failure("-H '\(line)': HTTP/2 forbids the field \(name), RFC 9113 §8.2.2")
        }
        if name == "te", !value.isEmpty, value.lowercased() != "trailers" {
            throw Failure("-H '\(line)': in HTTP/2, te can only be trailers, RFC 9113 §8.2.2")
        }
        let values = value.isEmpty && !isEmptyValue ? [] : [value]
        // The length of a streamed body is unknown.
        if name == "content-length", !values.isEmpty,
            let length = body == nil ? 0 : body?.length, value != "\(length)"
        {
            throw Failure("-H '\(line)': the body has \(length) byte\(length == 1 ? "" : "s")")
        }
        if let index = fields.firstIndex(where: { $0.name == name }) {
            fields[index].values += values
        } else {
            fields.append((name, values))
        }
    }

    /// Connection-specific fields, RFC 9113 §8.2.2.
    private static let forbidden = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    /// Returns whether a byte can be part of a method or a field name, RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return byte < 0x80
            && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }

    /// Returns the header section of the request for a URL.
    package func headers(for target: Target) -> H2Headers {
        let host = fields.first { $0.name == "host" }?.values.last
        var headers: H2Headers = [
            (.method, method), (.scheme, "http"), (.authority, host ?? target.authority),
            (.path, target.path),
        ]
        var defaults = [("user-agent", "h2tool"), ("accept", "*/*")]
        if let body {
            defaults.append(("content-type", "application/x-www-form-urlencoded"))
            if let length = body.length { defaults.append(("content-length", "\(length)")) }
        }
        for (name, value) in defaults where !fields.contains(where: { $0.name == name }) {
            headers.append(name, value)
        }
        for (name, values) in fields where name != "host" {
            for value in values { headers.append(name, value) }
        }
        return headers
    }
}
