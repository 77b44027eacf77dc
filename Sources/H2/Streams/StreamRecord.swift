// SPDX-License-Identifier: MIT

/// What is known of one live stream. Closed streams have none: `ClosedStreams` remembers how they
/// ended.
package struct StreamRecord: Sendable {
    package let id: UInt32
    package var machine = StreamStateMachine()
    /// Bytes that may be sent; negative after the peer lowered INITIAL_WINDOW_SIZE, RFC 9113
    /// §6.9.2.
    package var sendWindow: Int
    package var receiveWindow: ReceiveWindow
    var contentLength = ContentLength()
    /// What the request says about the content-length of its response.
    var responseLength = ResponseLength.announced
    /// The authority of the request, at a client, until the response begins: ALTSVC is about it.
    var authority: StreamAuthority?

    init(id: UInt32, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.sendWindow = sendWindow
        self.receiveWindow = ReceiveWindow(size: receiveWindow)
    }
}

/// Where the authority lies in the fields of a request, which are kept for it.
struct StreamAuthority: Sendable {
    private let bytes: [UInt8]
    private let field: H2Headers.Field

    init?(of headers: H2Headers) {
        guard let field = headers.fields.first(where: { $0.name == .authority }) else {
            return nil
        }
        self.bytes = headers.bytes
        self.field = field
    }

    var value: H2Bytes { H2Bytes(Array(bytes[field.valueRange])) }
}
