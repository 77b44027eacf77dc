// SPDX-License-Identifier: MIT

/// The name of a field, RFC 9110 §5.1, or of a pseudo-header field, RFC 9113 §8.3.
///
/// Common names are static members, such as `.path` and `.contentType`. Create any other name from
/// a literal, from text in a variable, `H2FieldName(text)`, or from bytes:
///
/// ```swift
/// var headers: H2Headers = [(.status, "200"), ("x-tenant", "a")]
/// headers.append(.contentLength, 17)
/// headers[.contentType] = "text/plain"
/// let tenant = headers["x-tenant"]
/// ```
///
/// Names are compared byte by byte, and in HTTP/2 they are lowercase, RFC 9113 §8.2: the name
/// `Content-Type` does not equal `.contentType`. Comparing two static members compares two numbers.
/// A name keeps any bytes: H2 checks names when a section is sent, RFC 9113 §8.2.1.
public struct H2FieldName: Sendable {
    @usableFromInline
    enum Storage: Sendable {
        case known(KnownName)
        case text(String)
        /// Bytes that are not UTF-8.
        case bytes([UInt8])
    }

    @usableFromInline let storage: Storage

    @inlinable
    package init(_ known: KnownName) { storage = .known(known) }

    /// Creates a name from text, encoded as UTF-8.
    public init(_ text: String) {
        let known = text.utf8.withBytes { RecognizedName($0).known }
        storage = known.map { .known($0) } ?? .text(text)
    }

    /// Creates a name from bytes, which need not be UTF-8.
    public init(bytes: some Collection<UInt8>) {
        self = bytes.withBytes { H2FieldName($0, RecognizedName($0).known) }
    }

    /// Creates a name from its bytes.
    ///
    /// - Parameter known: The known name that `bytes` equal; `nil` if there is none.
    init(_ bytes: Span<UInt8>, _ known: KnownName?) {
        if let known {
            storage = .known(known)
        } else {
            let copy = bytes.copied
            storage = String(validating: copy, as: UTF8.self).map { .text($0) } ?? .bytes(copy)
        }
    }

    /// The known name that the name equals; `nil` if there is none.
    package var known: KnownName? {
        guard case .known(let name) = storage else { return nil }
        return name
    }

    /// Calls `body` with the bytes of the name.
    @inline(__always)
    func withBytes<R>(_ body: (Span<UInt8>) -> R) -> R {
        switch storage {
        case .known(let name): name.withBytes(body)
        case .text(let text): text.utf8.withBytes(body)
        case .bytes(let bytes): body(bytes.span)
        }
    }

    /// The number of bytes of the name.
    var byteCount: Int {
        switch storage {
        case .known(let name): name.text.utf8CodeUnitCount
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    /// The bytes of the name.
    public var bytes: [UInt8] { withBytes { name in name.copied } }

    /// Whether the name begins with a colon, as those of pseudo-header fields do, RFC 9113 §8.3.
    public var isPseudoHeader: Bool {
        withBytes { name in name.count != 0 && name[0] == UInt8(ascii: ":") }
    }
}

extension H2FieldName: Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Creates a name from a string literal, encoded as UTF-8.
    public init(stringLiteral text: String) { self.init(text) }

    /// Returns whether the bytes of two names are equal.
    public static func == (a: H2FieldName, b: H2FieldName) -> Bool {
        switch (a.storage, b.storage) {
        case (.known(let a), .known(let b)): a == b
        case (.known, _), (_, .known): false
        default: a.withBytes { a in b.withBytes { b in a.isEqual(to: b) } }
        }
    }

    /// Hashes the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        withBytes { name in
            unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }

    /// The name as text. Invalid UTF-8 is replaced; `bytes` has the original bytes.
    public var description: String {
        withBytes { name in name.text }
    }
}
