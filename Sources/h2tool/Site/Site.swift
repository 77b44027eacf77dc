// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif
import H2

/// The files below one directory, and /echo. A site remembers files, within bounds, and checks them
/// again after each read from a client.
package final class Site {
    /// A file that was found under a request path.
    private struct Entry {
        let file: ServedFile
        /// The path of the file relative to the root, with symbolic links.
        let relative: String
        /// The value of `readCount` when the file was last found unchanged.
        var checked: Int
        /// The value of `date.text` when the path was resolved.
        let resolved: String
    }

    /// The maximum number of remembered request paths. At this number, all are forgotten: choosing
    /// one to forget would let an attacker that requests many paths cause costly work.
    private static let entryBound = 1_024
    /// The most bytes of contents of small files to remember.
    private static let contentBound = 4 << 20

    private let root: Root
    private var entries: [String: Entry] = [:]
    private var contentByteCount = 0
    private var openFiles = OpenFiles()
    private var listings = Listings()
    private var date = HTTPDate()
    private var readCount = 0

    /// The nanoseconds after which the next change of a file has a different time: file systems
    /// count in steps of some milliseconds. A file that changed more recently is not remembered.
    private let settlingTime: Int

    package init(_ directory: String, settlingTime: Int = 100_000_000) throws(Failure) {
        root = try Root(directory)
        self.settlingTime = settlingTime
    }

    /// Makes `answer` check remembered files again. Call it after each read, before answering the
    /// requests in it, so that a response is never older than its request.
    package func recordRead() {
        readCount += 1
        date.update()
    }

    /// Permits more listings to be made. Call it once in each round of the server.
    package func beginRound() { listings.allowMore() }

    /// The number of descriptors of files that are being sent.
    package var openFileCount: Int { openFiles.count }

    package func answer(_ method: String, _ target: String) -> Answer {
        // Compare bytes: a `Character` can contain "?" and the combining marks after it.
        let path = Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") })
        let isEcho = path == "/echo"
        guard isEcho ? method == "POST" : method == "GET" || method == "HEAD" else {
            let allowed = isEcho ? "POST" : "GET, HEAD"
            return Answer("405 Method Not Allowed", date.text, [(.allow, allowed)])
        }
        if isEcho {
            let type = "application/octet-stream"
            return Answer([(.status, "200"), (.date, date.text), (.contentType, type)], .echo)
        }
        let answer =
            remembered(String(path)).map(respond) ?? find(path, query: target[path.endIndex...])
        return method == "HEAD" ? Answer(answer.headers, .none) : answer
    }

    private func respond(_ file: ServedFile) -> Answer {
        let headers = file.headers(at: date.text)
        return Answer(headers, file.status.size == 0 ? .none : .file(FileUse(file)))
    }

    /// Returns whether a request path can be a key of `entries`. It must be ASCII: strings with
    /// different bytes are then never equal.
    private static func isKey(_ path: some StringProtocol) -> Bool {
        path.utf8.count <= 256 && path.utf8.allSatisfy { $0 < 0x80 }
    }

    /// Returns the file of a request path, if it is remembered and unchanged.
    private func remembered(_ path: String) -> ServedFile? {
        guard Self.isKey(path), let entry = entries[path] else { return nil }
        if entry.checked == readCount { return entry.file }
        // Resolve the path again each second: a directory may have been replaced by a link.
        guard entry.resolved == date.text,
            FileStatus(of: entry.relative, in: root.descriptor) == entry.file.status
        else {
            forget(path)
            return nil
        }
        entries[path]?.checked = readCount
        return entry.file
    }

    private func forget(_ path: String) {
        guard let file = entries.removeValue(forKey: path)?.file else { return }
        contentByteCount -= file.content?.count ?? 0
        file.dropContent()
    }

    private func remember(_ file: ServedFile, _ path: String, _ relative: String) {
        let size = file.content?.count ?? 0
        if entries.count >= Self.entryBound || contentByteCount + size > Self.contentBound {
            for entry in entries.values { entry.file.dropContent() }
            entries = [:]
            contentByteCount = 0
        }
        contentByteCount += size
        entries[path] = Entry(
            file: file, relative: relative, checked: readCount, resolved: date.text)
    }

    private func find(_ target: Substring, query: Substring) -> Answer {
        guard let path = RequestPath(target), let resolved = root.resolve(path.relative) else {
            return notFound
        }
        do throws(Failure) {
            let descriptor = try root.open(resolved)
            guard let status = FileStatus(of: descriptor) else { return notFound }
            switch status.kind {
            case .file:
                if path.isDirectory { return notFound }
                return try respond(load(resolved, status, descriptor, target, path.relative))
            case .directory:
                if !path.isDirectory {
                    let location = path.canonicalDirectory + query
                    return Answer("301 Moved Permanently", date.text, [(.location, location)])
                }
                if let index = try index(in: path.relative, target) { return respond(index) }
                let directory = ServedDirectory(
                    path: resolved, title: path.canonicalDirectory, status: status,
                    version: status.isSettled(for: settlingTime) ? 0 : readCount)
                let type = "text/html; charset=utf-8"
                let headers: H2Headers = [
                    (.status, "200"), (.date, date.text), (.contentType, type),
                ]
                return Answer(headers, .listing(directory))
            case .other:
                return Answer("403 Forbidden", date.text)
            }
        } catch {
            let status =
                switch error.code {
                case ENOENT, ENOTDIR, ELOOP: "404 Not Found"
                case EMFILE, ENFILE, ENOMEM: "503 Service Unavailable"
                case EACCES, EPERM, ENXIO: "403 Forbidden"
                default: "500 Internal Server Error"
                }
            return Answer(status, date.text)
        }
    }

    private var notFound: Answer { Answer("404 Not Found", date.text) }

    /// Returns the file `index.html` in a directory, if there is one.
    private func index(in relative: String, _ target: Substring) throws(Failure) -> ServedFile? {
        let relative = relative == "." ? "index.html" : relative + "/index.html"
        guard let resolved = root.resolve(relative) else { return nil }
        let descriptor = try root.open(resolved)
        guard let status = FileStatus(of: descriptor), status.kind == .file else { return nil }
        return try load(resolved, status, descriptor, target, relative)
    }

    private func load(
        _ resolved: String, _ status: FileStatus, _ descriptor: Descriptor, _ target: Substring,
        _ relative: String
    ) throws(Failure) -> ServedFile {
        let file = ServedFile(resolved, status)
        if Self.isKey(target) && status.isSettled(for: settlingTime) {
            try file.keepContent(of: descriptor)
            remember(file, String(target), relative)
        }
        if file.content == nil && status.size > 0 { openFiles.keep(descriptor, of: file) }
        return file
    }

    /// Bytes of a response, and whether they are the last ones.
    package typealias Piece = (bytes: ArraySlice<UInt8>, isLast: Bool)

    /// Returns a piece of an answer's content; `nil` if the listing cannot be made in this round.
    ///
    /// - Throws: A `Failure` if a file or directory cannot be read or is found to have changed.
    package func read(
        _ content: Answer.Content, upTo count: Int, at offset: Int
    ) throws(Failure) -> Piece? {
        switch content {
        case .none, .echo:
            return ([], true)
        case .bytes(let bytes):
            return piece(of: bytes, upTo: count, at: offset)
        case .file(let use):
            let file = use.file
            if let content = file.content { return piece(of: content, upTo: count, at: offset) }
            let count = min(count, file.status.size - offset)
            let bytes = try openFiles.read(file, upTo: count, at: offset, in: root)
            return (bytes[...], offset + bytes.count == file.status.size)
        case .listing(let directory):
            guard let page = try listings.page(for: directory, in: root) else { return nil }
            return piece(of: page, upTo: count, at: offset)
        }
    }

    private func piece(of bytes: [UInt8], upTo count: Int, at offset: Int) -> Piece {
        let end = min(offset + count, bytes.count)
        return (bytes[offset..<end], end == bytes.count)
    }
}
