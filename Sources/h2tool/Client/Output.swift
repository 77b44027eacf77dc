// SPDX-License-Identifier: MIT

import H2

/// The reader of the output has closed it (EPIPE).
struct ReaderGone: Error {}

/// The file or standard output that a response is written to. Unwritten bytes are kept here, so
/// that a slow reader does not block the connection.
final class Output {
    private let path: String?
    private let mayShowProgress: Bool
    private var opened: Descriptor?
    /// Whether a write may block. If so, each write is limited to 4,096 bytes, which a pipe that is
    /// ready accepts without blocking.
    private var blocks = false
    private var pending: [UInt8] = []
    private var position = 0

    /// - Parameter path: A path, or `nil` or `-` for standard output.
    init(_ path: String?, showsProgress: Bool) {
        self.path = path == "-" ? nil : path
        mayShowProgress = showsProgress
    }

    /// The number of unwritten bytes.
    var count: Int { pending.count - position }

    /// Creates the file or opens standard output, unless the output is open.
    func open() throws(Failure) {
        if opened != nil { return }
        let descriptor = try path.map { path throws(Failure) in try Descriptor(creating: path) }
        opened = descriptor ?? .reopenedStandardOutput()
        blocks = opened?.blocks ?? true
    }

    /// Whether to show progress: standard error is a terminal, and the response is not written to
    /// a terminal.
    var showsProgress: Bool {
        mayShowProgress && Descriptor.standardError.isTerminal && opened?.isTerminal != true
    }

    /// The descriptor to wait for before `write` is called; `nil` if there is nothing to write.
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

    /// Appends the fields of a section as lines, without `:status`, and an empty line.
    func append(section: H2Headers) {
        for field in section where field.name != ":status" {
            append(field.nameBytes)
            append(": ".utf8)
            append(field.valueBytes)
            append("\r\n".utf8)
        }
        append("\r\n".utf8)
    }

    /// Writes as much as possible without blocking. Returns the number of bytes written.
    ///
    /// - Parameter isReady: Whether the descriptor accepts bytes; needed if a write may block.
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
