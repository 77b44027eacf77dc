// SPDX-License-Identifier: MIT

import H2

/// Nobody reads the output any more.
struct ReaderGone: Error {}

/// Where a response goes: a file or standard output. Bytes that are not written yet stay here, so
/// that a slow reader does not keep the connection from being served.
final class Output {
    private let path: String?
    private var opened: Descriptor?
    /// Whether a write may block; then only as much is written as any pipe with room accepts.
    private var blocks = false
    private var pending: [UInt8] = []
    private var position = 0

    /// - Parameter path: nil or `-` is standard output.
    init(_ path: String?) { self.path = path == "-" ? nil : path }

    /// Bytes that are not written yet.
    var count: Int { pending.count - position }

    /// Creates the file, unless that is done.
    func open() throws(Failure) {
        if opened != nil { return }
        let descriptor = try path.map { path throws(Failure) in try Descriptor(creating: path) }
        opened = descriptor ?? .reopenedStandardOutput()
        blocks = opened?.blocks ?? true
    }

    var isTerminal: Bool { opened?.isTerminal ?? false }

    /// The descriptor to wait for before `write` is called; nil if there is nothing to write.
    var waiting: Descriptor? { count == 0 ? nil : opened }

    func append(_ bytes: some Sequence<UInt8>) {
        if count == 0 {
            pending.removeAll(keepingCapacity: true)
            position = 0
        } else if position > 1 << 20 {
            pending.removeFirst(position)
            position = 0
        }
        pending.append(contentsOf: bytes)
    }

    func append(_ bytes: H2Bytes) {
        bytes.withSpan { span in
            unsafe span.withUnsafeBufferPointer { unsafe append($0) }
        }
    }

    /// Appends a header section in the form of HTTP/1.1.
    func append(section: H2Headers) {
        for field in section where field.name != ":status" {
            append(field.nameBytes)
            append(": ".utf8)
            append(field.valueBytes)
            append("\r\n".utf8)
        }
        append("\r\n".utf8)
    }

    /// Writes what is possible without waiting; a descriptor that may block has to be ready.
    /// Returns how many bytes that was.
    func write(isReady: Bool) throws -> Int {
        guard let opened, isReady || !blocks else { return 0 }
        let before = count
        do throws(Failure) {
            while count > 0 {
                let end = blocks ? min(position + 4_096, pending.count) : pending.count
                let written = try opened.push(pending[position..<end].span)
                position += written
                if written == 0 || blocks { break }
            }
        } catch {
            if error.isBrokenPipe { throw ReaderGone() }
            throw error.code.map { .system(path ?? "standard output", $0) } ?? error
        }
        return before - count
    }
}
