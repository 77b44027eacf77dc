// SPDX-License-Identifier: MIT

/// What the method of a request makes of the content-length of its response.
enum ResponseLength: Sendable {
    /// It announces the length of the body.
    case announced
    /// It announces what a GET would have had: there is no body, RFC 9110 §9.3.2.
    case ofHead
    /// It means nothing, once the tunnel stands, RFC 9110 §9.3.6.
    case ofConnect
    /// The request went over HTTP/1.1: it may have been a HEAD, or not.
    case unknown

    init(toRequest headers: H2Headers) {
        let method = headers.firstValue(of: .method) ?? []
        if method.elementsEqual("HEAD".utf8) {
            self = .ofHead
        } else if method.elementsEqual("CONNECT".utf8) {
            self = .ofConnect
        } else {
            self = .announced
        }
    }
}

/// Holds the body received so far against what content-length announced, RFC 9113 §8.1.1.
struct ContentLength: Sendable {
    /// Why a content-length cannot be believed.
    enum Malformation {
        /// Not digits only, RFC 9110 §8.6.
        case notANumber
        /// Two different values.
        case conflict
    }

    /// Bytes announced, or nil where nothing was. Above what `Int` holds, the largest `Int`: no
    /// body is so long.
    private(set) var expected: Int?
    private(set) var received = 0
    /// Whether there may be no body at all, whatever was announced: 204 and 304, RFC 9110 §6.4.1.
    var mayBeMissing = false

    /// Takes over what the header section announces; of no effect where it says nothing.
    mutating func announce(in headers: H2Headers) -> Malformation? {
        var announced: Int?
        for field in headers.fields where field.name == .contentLength {
            guard let value = Self.parse(headers.bytes[field.valueRange]) else {
                return .notANumber
            }
            if let announced, announced != value { return .conflict }
            announced = value
        }
        expected = announced
        return nil
    }

    /// Announces that there is no body at all.
    mutating func announceNoBody() { expected = 0 }

    /// Counts a piece of the body; false where it is more than announced.
    mutating func receive(_ length: Int) -> Bool {
        received += length
        return expected.map { received <= $0 } ?? true
    }

    /// Whether the body may end here.
    var isComplete: Bool {
        guard let expected else { return true }
        return received == expected || mayBeMissing && received == 0
    }

    private static func parse(_ text: ArraySlice<UInt8>) -> Int? {
        guard !text.isEmpty else { return nil }
        var value = 0
        var isHuge = false
        for byte in text {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte - 0x30))
            value = sum
            isHuge = isHuge || overflow || carry
        }
        return isHuge ? .max : value
    }
}
