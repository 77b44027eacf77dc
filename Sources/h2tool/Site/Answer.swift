// SPDX-License-Identifier: MIT

package import H2

/// The response to a request: its header section and its content.
package struct Answer {
    package enum Content {
        case none
        case bytes([UInt8])
        case file(FileUse)
        case listing(ServedDirectory)
        /// The body of the request.
        case echo
    }

    package var headers: H2Headers
    package let content: Content

    init(_ headers: H2Headers, _ content: Content) {
        self.headers = headers
        self.content = content
    }

    /// Whether the content is a small file that is held in memory.
    package var holdsContent: Bool {
        if case .file(let use) = content { use.file.content != nil } else { false }
    }

    /// Creates a response whose content is its status as readable text.
    init(_ status: String, _ date: String, _ extra: H2Headers = []) {
        let text = Array("\(status)\n".utf8)
        headers = [
            (.status, String(status.prefix(3))), (.date, date),
            (.contentType, "text/plain; charset=utf-8"), (.contentLength, String(text.count)),
        ]
        headers += extra
        content = .bytes(text)
    }
}
