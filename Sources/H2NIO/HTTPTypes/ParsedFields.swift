// SPDX-License-Identifier: MIT

#if NIO
import H2
import HTTPTypes

/// The field lines of a section, as fields of swift-http-types.
// Not copyable: copying and destroying a field takes 200 instructions.
struct ParsedFields: ~Copyable {
    /// A number below the limit at which `HTTPFields` traps, 65,535 fields.
    private static let maxFields = 65_000

    private(set) var regular = HTTPFields()
    var method: HTTPField?
    var scheme: HTTPField?
    var authority: HTTPField?
    var path: HTTPField?
    var extendedConnectProtocol: HTTPField?
    var status: HTTPField?

    init(_ headers: H2Headers) throws(H2ConversionError) {
        guard headers.count <= Self.maxFields else {
            throw H2ConversionError("\(headers.count) fields exceed \(Self.maxFields)")
        }
        regular.reserveCapacity(headers.count)
        var failure: H2ConversionError?
        headers.forEachField { known, name, value, isNeverIndexed in
            do throws(H2ConversionError) {
                var field = try Self.field(known, name, value)
                if isNeverIndexed { field.indexingStrategy = .disallow }
                if name[0] == UInt8(ascii: ":") {
                    try append(pseudo: consume field, known)
                } else {
                    regular.append(consume field)
                }
            } catch {
                failure = error
            }
            return failure == nil
        }
        if let failure { throw failure }
    }

    private mutating func append(
        pseudo field: consuming HTTPField, _ known: KnownName?
    ) throws(H2ConversionError) {
        guard regular.isEmpty else {
            throw H2ConversionError("\(field.name) follows a regular field, RFC 9113 §8.3")
        }
        switch known {
        case .method: try Self.set(&method, field)
        case .scheme: try Self.set(&scheme, field)
        case .authority: try Self.set(&authority, field)
        case .path: try Self.set(&path, field)
        case .protocol: try Self.set(&extendedConnectProtocol, field)
        case .status: try Self.set(&status, field)
        default: throw H2ConversionError("unknown pseudo-header field \(field.name)")
        }
    }

    @inline(__always)
    private static func set(
        _ place: inout HTTPField?, _ field: consuming HTTPField
    ) throws(H2ConversionError) {
        if case .some = place {
            throw H2ConversionError("duplicate pseudo-header field \(field.name)")
        }
        place = consume field
    }

    /// Throws if there is a pseudo-header field of a request.
    func checkHasNoRequest() throws(H2ConversionError) {
        guard let field = method ?? scheme ?? authority ?? path ?? extendedConnectProtocol
        else {
            return
        }
        throw H2ConversionError("unexpected pseudo-header field \(field.name)")
    }

    /// Throws if there is a pseudo-header field of a response.
    func checkHasNoStatus() throws(H2ConversionError) {
        guard status == nil else {
            throw H2ConversionError("unexpected pseudo-header field :status")
        }
    }

    private static func field(
        _ known: KnownName?, _ name: Span<UInt8>, _ value: Span<UInt8>
    ) throws(H2ConversionError) -> HTTPField {
        let name =
            if let known { FieldNames.name(of: known) } else { try FieldNames.name(name) }
        return try unsafe value.withUnsafeBufferPointer { bytes throws(H2ConversionError) in
            if value.isVisibleASCII {
                // Faster than from bytes, which swift-http-types validates as UTF-8.
                return unsafe HTTPField(
                    name: name, value: String(decoding: bytes, as: UTF8.self))
            }
            guard unsafe !bytes.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
                throw H2ConversionError("the value of \(name) contains NUL, CR or LF")
            }
            return unsafe HTTPField(name: name, lenientValue: bytes)
        }
    }
}

extension Span<UInt8> {
    /// Whether all bytes are visible ASCII characters or spaces, and neither end is a space.
    fileprivate var isVisibleASCII: Bool {
        guard !isEmpty else { return true }
        if self[0] == 0x20 || self[count - 1] == 0x20 { return false }
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        // Eight bytes at a time: a high bit is set for each byte that is not from 0x20 to 0x7E.
        while index + 8 <= count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let invalid = word | (word &- (ones &* 0x20)) | (word &+ ones)
            guard invalid & (ones &* 0x80) == 0 else { return false }
            index += 8
        }
        while index < count {
            guard 0x20...0x7E ~= self[index] else { return false }
            index += 1
        }
        return true
    }
}
#endif
