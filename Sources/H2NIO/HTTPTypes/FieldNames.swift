// SPDX-License-Identifier: MIT

#if NIO
import H2
import HTTPTypes

/// The names of swift-http-types for the names that H2 recognizes, so that common names need no
/// validation.
enum FieldNames {
    /// The names in the order of `KnownName`, pseudo-header fields included.
    private static let known = KnownName.allCases.map { make($0.text.description) }

    static func name(of known: KnownName) -> HTTPField.Name { self.known[Int(known.rawValue)] }

    /// Returns the name of a field that H2 does not recognize.
    static func name(_ bytes: Span<UInt8>) throws(H2ConversionError) -> HTTPField.Name {
        let text = unsafe bytes.withUnsafeBufferPointer {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        guard let name = HTTPField.Name(parsed: text) else {
            throw H2ConversionError(
                "the name of the field '\(text)' is not a token, RFC 9110 §5.1")
        }
        return name
    }

    private static func make(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(parsed: text) else {
            preconditionFailure("'\(text)' is not a field name")
        }
        return name
    }
}
#endif
