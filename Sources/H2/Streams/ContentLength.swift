// SPDX-License-Identifier: MIT

/// The meaning of content-length in a response, which depends on the request.
enum ResponseLength: Sendable {
    /// It is the length of the body.
    case announced
    /// It is the length that the response to a GET would have. There is no body, RFC 9110 §9.3.2.
    case ofHead
    /// It is ignored if the response to the CONNECT is a 2xx, RFC 9110 §9.3.6.
    case ofConnect
    /// The stream is a tunnel: a 2xx answered CONNECT, RFC 9113 §8.5.
    case tunnel
    /// The request was sent over HTTP/1.1, so its method is unknown. It may have been HEAD.
    case unknown

    init(to method: RequestMethod) {
        switch method {
        case .head: self = .ofHead
        case .connect: self = .ofConnect
        case .get, .other: self = .announced
        }
    }
}

/// The content-length of a received message, and the length of its body so far, RFC 9113 §8.1.1.
struct ContentLength: Sendable {
    /// The number of bytes that content-length announces; `nil` if there is no content-length.
    /// `Int.max` stands for any larger number.
    var expected: Int? {
        get { announced < 0 ? nil : announced }
        set { announced = newValue ?? -1 }
    }
    private var announced = -1
    private(set) var received = 0

    /// Announces that there is no body at all.
    mutating func announceNoBody() { expected = 0 }

    /// Counts a piece of the body; returns false if the body exceeds its content-length.
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
