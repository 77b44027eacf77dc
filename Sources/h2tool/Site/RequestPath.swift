// SPDX-License-Identifier: MIT

/// The decoded path of a request target.
struct RequestPath {
    /// The path relative to the root, "." for the root itself. No segment is empty or "..", and no
    /// other is ".".
    let relative: String
    /// Whether the path ends with a slash or "/.", and so can only name a directory.
    let isDirectory: Bool

    /// Returns nil if the target is not an absolute path, is encoded incorrectly, or has a ".."
    /// segment or a NUL.
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

    /// The path of the directory, percent-encoded, with a slash at each end.
    var canonicalDirectory: String {
        var bytes: [UInt8] = [UInt8(ascii: "/")]
        if relative != "." { appendPercentEncoded((relative + "/").utf8, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Returns nil if a `%` is not followed by two hexadecimal digits.
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

/// Appends text, percent-encoded for the path of a URL, RFC 3986 §3.3. Slashes are not encoded.
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
