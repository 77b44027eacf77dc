// SPDX-License-Identifier: MIT

/// The response to clients that speak HTTP/1.1, usually browsers.
extension Link {
    /// Whether the first bytes look like an HTTP/1.1 request.
    var speaksHTTP1: Bool {
        let method = firstBytes.prefix { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 }
        // The client preface of HTTP/2 begins with PRI.
        return method.count >= 3 && firstBytes.dropFirst(method.count).first == 0x20
            && !method.elementsEqual("PRI".utf8)
    }

    /// Whether the first bytes begin a TLS handshake record, RFC 8446 §5.1.
    var speaksTLS: Bool { firstBytes.starts(with: [0x16, 0x03]) }

    var http1Response: String {
        let url = socket.authority.map { "http://\($0)/" } ?? "URL"
        let text = """
            This server speaks only HTTP/2 without TLS, and clients must start with HTTP/2
            ("prior knowledge"). Browsers do not. These commands do:

                curl --http2-prior-knowledge \(url)    (--http2 alone is not enough)
                nghttp \(url)
                h2tool get \(url)

            """
        return """
            HTTP/1.1 505 HTTP Version Not Supported\r
            content-type: text/plain; charset=utf-8\r
            content-length: \(text.utf8.count)\r
            connection: close\r
            \r

            """ + text
    }
}
