// SPDX-License-Identifier: MIT

package import H2

/// What the server says to a request.
package struct Answer {
    package var headers: H2Headers
    /// nil: what the client sends.
    var body: Body?

    init(_ status: String, _ type: String, _ body: Body?) {
        headers = [":status": status, "content-type": type]
        self.body = body
        if let body { headers.append("content-length", String(body.length)) }
    }

    init(_ status: String, _ extra: H2Headers = []) {
        let text = Body(Array("\(status)\n".utf8))
        self.init(String(status.prefix(3)), "text/plain; charset=utf-8", text)
        headers += extra
    }
}

/// The files below one directory, and /echo.
package struct StaticFiles {
    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "txt": "text/plain; charset=utf-8",
        "md": "text/markdown; charset=utf-8", "json": "application/json", "svg": "image/svg+xml",
        "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "pdf": "application/pdf",
    ]

    /// Without symbolic links, and with a slash at the end.
    private let root: String
    private let directory: Descriptor

    package init(_ directory: String) throws(Failure) {
        guard let root = realPath(directory + "/.") else { throw .system(directory) }
        self.root = root == "/" ? root : root + "/"
        self.directory = try Descriptor(opening: root)
    }

    package func answer(_ method: String, _ target: String) -> Answer {
        let path = target.prefix { $0 != "?" }
        let methods = path == "/echo" ? ["POST"] : ["GET", "HEAD"]
        if !methods.contains(method) {
            return Answer("405 Method Not Allowed", ["allow": methods.joined(separator: ", ")])
        }
        if path == "/echo" { return Answer("200", "application/octet-stream", nil) }
        var answer = names(in: path).flatMap(find) ?? Answer("404 Not Found")
        if method == "HEAD" { answer.body = Body() }
        return answer
    }

    /// The names of a path; nil if it is not an absolute one, or tries to leave the directory.
    private func names(in path: Substring) -> [String]? {
        guard path.utf8.first == UInt8(ascii: "/"), let bytes = percentDecoded(path.utf8),
            !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let names = text.unicodeScalars.split(separator: "/").map { String($0) }
        return names.contains("..") ? nil : names
    }

    private func find(_ names: [String]) -> Answer? {
        // Symbolic links are resolved before the check.
        // The check is of bytes: a `String` is equal to other spellings of the same characters.
        guard let path = realPath(root + names.joined(separator: "/")),
            (path + "/").utf8.starts(with: root.utf8)
        else { return nil }
        guard let file = try? open(path.utf8.dropFirst(root.utf8.count)) else {
            return Answer("403 Forbidden")
        }
        if let body = Body(file) {
            let suffix = names.last?.split(separator: ".").last
            let type = suffix.flatMap { Self.types[String($0)] } ?? "application/octet-stream"
            return Answer("200", type, body)
        }
        return entries(of: file).map {
            Answer("200", "text/html; charset=utf-8", listing($0, names))
        }
    }

    /// Opens a path below the root, name by name: a symbolic link that was put there after the check
    /// is not followed.
    private func open(_ path: Substring.UTF8View) throws(Failure) -> Descriptor {
        var place = directory
        for name in path.split(separator: UInt8(ascii: "/")) {
            place = try Descriptor(opening: "\(Substring(name))", in: place, Descriptor.exactly)
        }
        return place
    }

    private func listing(_ entries: [String], _ names: [String]) -> Body {
        let place = "/" + names.map { $0 + "/" }.joined()
        var page = "<!doctype html><meta charset=utf-8><h1>\(percentEncoded(place))</h1>\n"
        for name in entries.sorted() {
            let text = name.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            page += "<a href=\"\(percentEncoded(place + name))\">\(text)</a><br>\n"
        }
        return Body(Array(page.utf8))
    }
}

/// nil if a `%` is not followed by two hexadecimal digits.
private func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    let pieces = text.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
    var bytes = pieces.first.map { Array($0) } ?? []
    for piece in pieces.dropFirst() {
        guard let byte = fromHex(piece.prefix(2)), byte.count == 1 else { return nil }
        bytes += byte
        bytes += piece.dropFirst(2)
    }
    return bytes
}

private func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        let isLetter = byte < 0x80 && scalar.properties.isAlphabetic
        if isLetter || "0123456789-._~/".utf8.contains(byte) { return String(scalar) }
        return "%" + String(0x100 + Int(byte), radix: 16, uppercase: true).dropFirst()
    }.joined()
}
