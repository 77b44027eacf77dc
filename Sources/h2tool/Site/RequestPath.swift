// SPDX-License-Identifier: MIT

/// The decoded path of a request target.
struct RequestPath {
    /// The path relative to the root, "." for the root itself. No segment is empty or "..", and no
    /// other is ".".
    let relative: String
    /// Whether the path ends with a slash or "/.", and so can only name a directory.
    let isDirectory: Bool

    /// Returns `nil` if the target is not an absolute path, is encoded incorrectly, or has a ".."
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

/// Returns the decoded bytes; `nil` if a `%` is not followed by two hexadecimal digits.
private func percentDecoded(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text.makeIterator()
    while let byte = rest.next() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue)
        else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
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
            bytes.append(UInt8(ascii: "%"))
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        }
    }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}
