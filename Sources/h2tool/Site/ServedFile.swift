// SPDX-License-Identifier: MIT

import H2

/// One version of a file.
package final class ServedFile {
    /// If a file has at most this size, its content is kept while the file is remembered.
    static let smallSize = 16 << 10

    /// The path below the root, without symbolic links.
    let path: String
    let status: FileStatus
    /// The content of a small file, while the file is remembered.
    private(set) var content: [UInt8]?
    private let type: String
    private var headers: H2Headers = []
    /// The date in `headers`.
    private var date = ""

    /// The open file while responses send it. `OpenFiles` opens it, and may close it to open
    /// another.
    fileprivate var descriptor: Descriptor?
    fileprivate var lastUse = 0
    /// The number of responses that send the file.
    fileprivate var useCount = 0

    init(_ path: String, _ status: FileStatus) {
        self.path = path
        self.status = status
        type = Self.type(of: path)
    }

    /// Reads and keeps the content if the file is small.
    func keepContent(of file: Descriptor) throws(Failure) {
        guard status.size <= Self.smallSize else { return }
        let content = try file.pull(upTo: status.size, at: 0)
        if content.count != status.size { throw Failure("\(path) became shorter") }
        self.content = content
    }

    func dropContent() { content = nil }

    /// Returns the response's header section.
    func headers(at date: String) -> H2Headers {
        if self.date != date {
            headers = [
                (.status, "200"), (.date, date), (.contentType, type),
                (.contentLength, String(status.size)),
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

/// A response's use of a file. The end of the last use closes the file.
package final class FileUse {
    let file: ServedFile

    init(_ file: ServedFile) {
        self.file = file
        file.useCount += 1
    }

    deinit {
        file.useCount -= 1
        if file.useCount == 0 { file.descriptor = nil }
    }
}

/// The descriptors of files that are being sent, at most 32. To open another file, the least
/// recently read one is closed, and opened again for its next piece.
struct OpenFiles {
    static let bound = 32

    private var files: [ServedFile] = []
    private var useCount = 0
    var count: Int { files.count { $0.descriptor != nil } }

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
        return bytes
    }

    private mutating func open(_ file: ServedFile, in root: Root) throws(Failure) -> Descriptor {
        let descriptor = try root.open(file.path)
        guard FileStatus(of: descriptor)?.hasSameContent(as: file.status) == true else {
            throw Failure("\(file.path) has changed")
        }
        keep(descriptor, of: file)
        return descriptor
    }

    /// Keeps the open descriptor of a file for later reads; if 32 are open, closes one of them.
    mutating func keep(_ descriptor: Descriptor, of file: ServedFile) {
        files.removeAll { $0.descriptor == nil }
        if files.count >= Self.bound, let oldest = files.min(by: { $0.lastUse < $1.lastUse }) {
            oldest.descriptor = nil
            files.removeAll { $0 === oldest }
        }
        useCount += 1
        file.lastUse = useCount
        file.descriptor = descriptor
        files.append(file)
    }
}
