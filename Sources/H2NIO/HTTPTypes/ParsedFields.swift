// SPDX-License-Identifier: MIT

#if NIO
import H2
import HTTPTypes

/// The field lines of a section, as fields of swift-http-types.
struct ParsedFields {
    private(set) var regular = HTTPFields()
    private var pseudo: [(KnownName, HTTPField)] = []
    private(set) var status: Int?

    init(_ headers: H2Headers) throws(H2ConversionError) {
        regular.reserveCapacity(headers.count)
        try headers.forEachField { known, name, value, isNeverIndexed throws(H2ConversionError) in
            let field = try Self.field(known, name, value, isNeverIndexed: isNeverIndexed)
            if name[0] != UInt8(ascii: ":") { return regular.append(field) }
            guard let known else { throw H2ConversionError("unknown pseudo-header field") }
            guard regular.isEmpty else {
                throw H2ConversionError("\(field.name) follows a regular field, RFC 9113 §8.3")
            }
            guard self[known] == nil else {
                throw H2ConversionError("duplicate pseudo-header field \(field.name)")
            }
            pseudo.append((known, field))
        }
    }

    /// The pseudo-header field with a name.
    subscript(name: KnownName) -> HTTPField? { pseudo.first { $0.0 == name }?.1 }

    /// Throws if there is a pseudo-header field other than those in `names`.
    func checkPseudoHeaders(_ names: KnownName...) throws(H2ConversionError) {
        for (name, _) in pseudo where !names.contains(name) {
            throw H2ConversionError("unexpected pseudo-header field \(name.text)")
        }
    }

    private static func field(
        _ known: KnownName?, _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) throws(H2ConversionError) -> HTTPField {
        let name = if let known { FieldNames.name(of: known) } else { try FieldNames.name(name) }
        var field = try unsafe value.withUnsafeBufferPointer { bytes throws(H2ConversionError) in
            guard unsafe !bytes.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
                throw H2ConversionError("the value of \(name) contains NUL, CR or LF")
            }
            return unsafe HTTPField(name: name, lenientValue: bytes)
        }
        if isNeverIndexed { field.indexingStrategy = .disallow }
        return field
    }
}
#endif
