// SPDX-License-Identifier: MIT

import H2

/// One version of a file.
package final class ServedFile {
    /// A file up to this size is read as soon as it is found.
    static let smallSize = 16 << 10

    /// The path below the root, without symbolic links.
    let path: String
    let status: FileStatus
    /// The content of a small file.
    let content: [UInt8]?
    private let type: String
    private var headers: H2Headers = []
    /// The date in `headers`.
    private var date = ""

    /// The open file while pieces of it are sent; `OpenFiles` opens and closes it.
    fileprivate var descriptor: Descriptor?
    fileprivate var lastUse = 0

    /// - Throws: A `Failure` if the file cannot be read.
    init(_ path: String, _ status: FileStatus, _ file: Descriptor) throws(Failure) {
        self.path = path
        self.status = status
        type = Self.type(of: path)
        content =
            status.size <= Self.smallSize ? try file.pull(upTo: status.size, at: 0) : nil
        if let content, content.count != status.size { throw Failure("\(path) became shorter") }
    }

    /// The response's header section.
    func headers(at date: String) -> H2Headers {
        if self.date != date {
            headers = [
                ":status": "200", "date": date, "content-type": type,
                "content-length": String(status.size),
            ]
            self.date = date
        }
        return headers
    }

    private static func type(of path: String) -> String {
        let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return types[suffix] ?? "application/octet-stream"
    }

    private static let types = [
        "css": "text/css; charset=utf-8", "csv": "text/csv; charset=utf-8", "gif": "image/gif",
        "htm": "text/html; charset=utf-8", "html": "text/html; charset=utf-8",
        "ico": "image/vnd.microsoft.icon", "jpeg": "image/jpeg", "jpg": "image/jpeg",
        "js": "text/javascript; charset=utf-8", "json": "application/json",
        "md": "text/markdown; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
        "mp4": "video/mp4", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml",
        "txt": "text/plain; charset=utf-8", "wasm": "application/wasm", "webp": "image/webp",
        "woff2": "font/woff2", "xml": "application/xml",
    ]
}

/// The descriptors of files that are being sent, at most 32. To open another file, the least
/// recently read one is closed, and opened again for its next piece.
struct OpenFiles {
    static let bound = 32

    private var files: [ServedFile] = []
    private var useCount = 0
    var count: Int { files.count }

    /// Reads up to `count` bytes at an offset.
    ///
    /// - Throws: A `Failure` if the file cannot be read or has changed.
    mutating func read(
        _ file: ServedFile, upTo count: Int, at offset: Int, in root: Root
    ) throws(Failure) -> [UInt8] {
        useCount += 1
        file.lastUse = useCount
        let descriptor = if let open = file.descriptor { open } else { try open(file, in: root) }
        let bytes = try descriptor.pull(upTo: count, at: offset)
        guard FileStatus(of: descriptor)?.hasSameContent(as: file.status) == true else {
            throw Failure("\(file.path) has changed")
        }
        if offset + bytes.count == file.status.size { close(file) }
        return bytes
    }

    private mutating func open(_ file: ServedFile, in root: Root) throws(Failure) -> Descriptor {
        if files.count >= Self.bound, let oldest = files.min(by: { $0.lastUse < $1.lastUse }) {
            close(oldest)
        }
        let descriptor = try root.open(file.path)
        guard FileStatus(of: descriptor)?.hasSameContent(as: file.status) == true else {
            throw Failure("\(file.path) has changed")
        }
        file.descriptor = descriptor
        files.append(file)
        return descriptor
    }

    private mutating func close(_ file: ServedFile) {
        file.descriptor = nil
        files.removeAll { $0 === file }
    }
}
