// SPDX-License-Identifier: MIT

/// What the method of a request makes of the content-length of its response.
enum ResponseLength: Sendable {
    /// It announces the length of the body.
    case announced
    /// It announces what a GET would have had: there is no body, RFC 9110 §9.3.2.
    case ofHead
    /// It means nothing if the response to the CONNECT is a 2xx, RFC 9110 §9.3.6.
    case ofConnect
    /// The stream is a tunnel: a 2xx answered CONNECT, RFC 9113 §8.5.
    case tunnel
    /// The request went over HTTP/1.1: it may have been a HEAD, or not.
    case unknown

    init(to method: RequestMethod) {
        switch method {
        case .head: self = .ofHead
        case .connect: self = .ofConnect
        case .get, .other: self = .announced
        }
    }
}

/// Holds the body received so far against what content-length announced, RFC 9113 §8.1.1.
struct ContentLength: Sendable {
    /// Bytes announced, or nil where nothing was. Above what `Int` holds, the largest `Int`: no
    /// body is so long.
    var expected: Int? {
        get { announced < 0 ? nil : announced }
        set { announced = newValue ?? -1 }
    }
    private var announced = -1
    private(set) var received = 0

    /// Announces that there is no body at all.
    mutating func announceNoBody() { expected = 0 }

    /// Counts a piece of the body; returns false if the body exceeds what was announced.
    mutating func receive(_ length: Int) -> Bool {
        received += length
        return expected.map { received <= $0 } ?? true
    }

    /// Whether the body may end here.
    var isComplete: Bool {
        guard let expected else { return true }
        return received == expected
    }
}
