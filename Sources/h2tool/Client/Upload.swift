// SPDX-License-Identifier: MIT

/// The body of a request: text, a file that is read in pieces, or a stream of unknown length.
package struct Upload {
    private enum Source {
        case bytes([UInt8])
        case file(Descriptor)
        case stream(Descriptor)
    }

    private let source: Source
    private let name: String
    /// The length of the whole body in bytes; `nil` for a stream.
    let length: Int?
    private var position = 0
    /// Whether `next` has returned the whole body.
    private(set) var isComplete = false

    /// - Parameter argument: The argument of `-d`: text, `@FILE`, or `@-` for standard input.
    package init(_ argument: String) throws(Failure) {
        guard argument.hasPrefix("@") else {
            source = .bytes(Array(argument.utf8))
            (name, length, isComplete) = ("text", argument.utf8.count, argument.isEmpty)
            return
        }
        guard argument != "@-" else {
            (source, name, length) = (.stream(.standardInput), "standard input", nil)
            return
        }
        name = String(argument.dropFirst())
        let file = try Descriptor(opening: name)
        guard let status = FileStatus(of: file), status.kind != .directory else {
            throw Failure("\(name): a directory cannot be sent")
        }
        if status.kind == .file {
            (source, length, isComplete) = (.file(file), status.size, status.size == 0)
        } else {
            (source, length) = (.stream(file), nil)
        }
    }

    /// The descriptor to wait for before `next` is called; `nil` if `next` never waits.
    var stream: Descriptor? {
        guard case .stream(let descriptor) = source, !isComplete else { return nil }
        return descriptor
    }

    /// Returns the next bytes: none at the end of a stream, `nil` if the stream has none yet.
    mutating func next(upTo limit: Int) throws(Failure) -> ArraySlice<UInt8>? {
        let count = min(limit, (length ?? .max) - position)
        let piece: ArraySlice<UInt8>
        switch source {
        case .bytes(let bytes): piece = bytes[position..<position + count]
        case .file(let file):
            piece = try read { () throws(Failure) in try file.pull(upTo: count, at: position)[...] }
            if piece.isEmpty { throw Failure("\(name): the file became shorter while it was sent") }
        case .stream(let stream):
            guard let bytes = try read({ () throws(Failure) in try stream.pull(upTo: count) })
            else { return nil }
            piece = bytes[...]
        }
        position += piece.count
        isComplete = length.map { position == $0 } ?? piece.isEmpty
        return piece
    }

    /// Names the source of the body in the error of a failed read.
    private func read<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
        do throws(Failure) { return try body() } catch {
            throw error.code.map { .system(name, $0) } ?? error
        }
    }
}
