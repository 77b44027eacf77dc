// SPDX-License-Identifier: MIT

/// The path of a request target, decoded.
struct RequestPath {
    /// The path relative to the root, as the file system takes it: no segment is empty, "." or "..".
    let relative: String
    /// Whether it can only name a directory: it ends with a slash.
    let isDirectory: Bool

    /// nil if this is no absolute path, tries to leave the directory, or is not valid UTF-8.
    init?(_ target: Substring) {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        guard target.utf8.first == slash, let bytes = percentDecoded(target.utf8),
            !bytes.contains(0)
        else { return nil }
        var path: [UInt8] = []
        var last = bytes[...]
        for segment in bytes.split(separator: slash, omittingEmptySubsequences: false) {
            last = segment
            if segment.isEmpty || segment.elementsEqual(CollectionOfOne(dot)) { continue }
            if segment.elementsEqual([dot, dot]) { return nil }
            if !path.isEmpty { path.append(slash) }
            path += segment
        }
        guard let text = String(validating: path, as: UTF8.self) else { return nil }
        relative = text.isEmpty ? "." : text
        isDirectory = last.isEmpty || last.elementsEqual(CollectionOfOne(dot))
    }

    /// The path of the directory as a URL has it, with slashes at both ends.
    var canonicalDirectory: String {
        var bytes: [UInt8] = [UInt8(ascii: "/")]
        if relative != "." { appendPercentEncoded((relative + "/").utf8, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// nil if a `%` is not followed by two hexadecimal digits.
private func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    let percent = UInt8(ascii: "%")
    guard text.contains(percent) else { return Array(text) }
    let pieces = text.split(separator: percent, omittingEmptySubsequences: false)
    var bytes = pieces.first.map { Array($0) } ?? []
    for piece in pieces.dropFirst() {
        guard let byte = fromHex(piece.prefix(2)), byte.count == 1 else { return nil }
        bytes += byte
        bytes += piece.dropFirst(2)
    }
    return bytes
}

/// Appends text as it may stand in the path of a URL, RFC 3986 §3.3. Slashes stay.
func appendPercentEncoded(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    for byte in text {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-")...UInt8(ascii: "/"),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            bytes.append(byte)
        default:
            let digits: StaticString = "0123456789ABCDEF"
            bytes.append(UInt8(ascii: "%"))
            for value in [byte >> 4, byte & 15] {
                unsafe bytes.append(digits.utf8Start[Int(value)])
            }
        }
    }
}
