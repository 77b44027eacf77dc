// SPDX-License-Identifier: MIT

import H2NIO
import H2NIOSSL
import HTTPTypes
import NIOCore
import NIOSSL
import Synchronization
import TestCertificate

// A server that sends 103 Early Hints, RFC 8297, before the final response. It uses TLS, because
// browsers ignore early hints without TLS.

extension HTTPField.Name {
    // The name is valid.
    // swift-format-ignore: NeverForceUnwrap
    static let link = Self("Link")!
}

let certificate = try NIOSSLCertificate(bytes: Array(testCertificate.utf8), format: .pem)
let key = try NIOSSLPrivateKey(bytes: Array(testPrivateKey.utf8), format: .pem)

let server = try await H2Server.bind(
    host: "127.0.0.1", port: 0,
    tls: .makeServerConfiguration(
        certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
) { _, _, response in
    try await response.informational(
        HTTPResponse(
            status: .earlyHints, headerFields: [.link: "</style.css>; rel=preload; as=style"]))
    // The browser now loads the style while the server prepares the page.
    try await response.respond(
        HTTPResponse(status: .ok, headerFields: [.contentType: "text/html"]),
        "<link rel=stylesheet href=/style.css>\n")
}

var tls = TLSConfiguration.makeClientConfiguration()
// This is needed only because the certificate is self-signed.
tls.trustRoots = .certificates([certificate])
let client = try await H2ClientConnection.connect(
    host: "127.0.0.1", port: server.port, tls: tls)

let statuses = Mutex<[Int]>([])
let request = HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: "/")
try await client.withResponse(
    to: request,
    informational: { hints in
        print("\(hints.status.code): \(hints.headerFields[.link] ?? "no link")")
        statuses.withLock { $0.append(hints.status.code) }
    }
) { response in
    let body = try await response.body.collect(upTo: 1_000)
    print("\(response.head.status.code): \(String(buffer: body))", terminator: "")
    statuses.withLock { $0.append(response.head.status.code) }
}
precondition(statuses.withLock { $0 } == [103, 200], "the responses were not 103 and 200")
await client.shutDown()
await server.shutDown()
