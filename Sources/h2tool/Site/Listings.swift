// SPDX-License-Identifier: MIT

/// One version of a directory, as its listing shows it.
package struct ServedDirectory: Equatable {
    /// The path below the root, without symbolic links; "." for the root.
    let path: String
    /// The requested path, percent-encoded, with a slash at each end.
    let title: String
    let status: FileStatus
    /// 0 if the next change of the directory is certain to change `status`. Otherwise a number that
    /// differs after each read from a client, so that no older page is reused.
    let version: Int
}

/// Pages that list directories. A page is made when it can be sent; the most recently used pages
/// are kept.
struct Listings {
    /// The most names on a page, and the bytes of names after which no more are added, so that
    /// making a page takes only milliseconds.
    static let nameBound = 2_000
    static let nameByteBound = 128 << 10
    /// The most bytes of kept pages; the last page is kept even if it is larger.
    static let byteBound = 2 << 20
    /// The maximum number of pages to make between two calls of `allowMore`, so that other clients
    /// are served in between.
    static let batch = 2

    private var pages: [(directory: ServedDirectory, page: [UInt8])] = []
    private var byteCount = 0
    private var left = Self.batch

    mutating func allowMore() { left = Self.batch }

    /// Returns the page; `nil` if no more pages may be made now.
    ///
    /// - Throws: A `Failure` if the directory has changed or cannot be opened.
    mutating func page(for directory: ServedDirectory, in root: Root) throws(Failure) -> [UInt8]? {
        if let index = pages.firstIndex(where: { $0.directory == directory }) {
            // The page that was used last is at the end.
            if index != pages.count - 1 { pages.append(pages.remove(at: index)) }
            return pages[pages.count - 1].page
        }
        guard left > 0 else { return nil }
        left -= 1
        let descriptor = try root.open(directory.path)
        guard FileStatus(of: descriptor) == directory.status else {
            throw Failure("\(directory.path) has changed")
        }
        let page = try Self.makePage(directory.title, descriptor)
        pages.append((directory, page))
        byteCount += page.count
        while byteCount > Self.byteBound, pages.count > 1 {
            byteCount -= pages.removeFirst().page.count
        }
        return page
    }

    private static func makePage(
        _ title: String, _ directory: Descriptor
    ) throws(Failure) -> [UInt8] {
        var names: [[UInt8]] = []
        var byteCount = 0
        var isCut = false
        try forEachName(in: directory) { name, isDirectory in
            isCut = names.count == nameBound || byteCount > nameByteBound
            if isCut { return false }
            byteCount += name.count
            var bytes = unsafe name.withUnsafeBufferPointer { unsafe Array($0) }
            if bytes == [0x2e] || bytes == [0x2e, 0x2e] { return true }
            if isDirectory { bytes.append(UInt8(ascii: "/")) }
            names.append(bytes)
            return true
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        var page = Array(
            "<!doctype html>\n<meta charset=utf-8>\n<title>\(title)</title>\n<h1>\(title)</h1>\n"
                .utf8)
        if title != "/" { page += "<a href=\"../\">../</a><br>\n".utf8 }
        for name in names {
            // A link relative to the directory; colons in the name are percent-encoded.
            page += "<a href=\"./".utf8
            appendPercentEncoded(name, to: &page)
            page += "\">".utf8
            appendEscaped(name, to: &page)
            page += "</a><br>\n".utf8
        }
        if isCut { page += "<p>Only \(names.count) of the names are shown.\n".utf8 }
        return page
    }

    private static func appendEscaped(_ text: [UInt8], to page: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): page += "&amp;".utf8
            case UInt8(ascii: "<"): page += "&lt;".utf8
            default: page.append(byte)
            }
        }
    }
}
