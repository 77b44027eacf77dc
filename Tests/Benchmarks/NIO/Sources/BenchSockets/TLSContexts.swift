// SPDX-License-Identifier: MIT

import BenchSupport
import Glibc
import NIOCore
import NIOSSL

/// TLS for both ends, with the files whose paths are in `BENCH_CERTIFICATE` and `BENCH_KEY`.
struct TLSContexts: Sendable {
    private let client: NIOSSLContext
    private let server: NIOSSLContext

    init() {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(Self.path("BENCH_CERTIFICATE"))
            var configuration = try TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(
                    NIOSSLPrivateKey(file: Self.path("BENCH_KEY"), format: .pem))
            )
            configuration.applicationProtocols = ["h2"]
            server = try NIOSSLContext(configuration: configuration)
            configuration = .makeClientConfiguration()
            configuration.trustRoots = .certificates(certificates)
            configuration.applicationProtocols = ["h2"]
            client = try NIOSSLContext(configuration: configuration)
        } catch {
            fail("cannot prepare TLS: \(error)")
        }
    }

    private static func path(_ name: String) -> String {
        guard let path = getenv(name) else { fail("\(name) is not set") }
        return String(cString: path)
    }

    func addClientHandler(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(
            NIOSSLClientHandler(context: client, serverHostname: "localhost"))
    }

    func addServerHandler(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: server))
    }
}
