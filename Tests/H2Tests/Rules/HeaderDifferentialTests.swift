// SPDX-License-Identifier: MIT

import Foundation
import H2
import H2TestSupport
import Testing

/// The verdicts of h2 4.4.1 on 4,096 random header sections, recorded by
/// Tests/Fixtures/header_verdicts.py: refused, or a hash of four digits of the resulting fields.
@Suite struct HeaderDifferentialTests {
    @Test("4,096 random sections have h2 4.4.1's verdict and fields, except where H2 is stricter")
    func sameAsH2() throws {
        let verdicts = try Fixture.text("header-verdicts.txt").split { " \n".contains($0) }
        #expect(verdicts.count == 4_096)
        var differences: [String] = []
        for (number, expected) in verdicts.enumerated() {
            let section = RandomSection(number)
            let isRefusedByH2Only =
                section.hidesViolationInCookies || section.hasInvalidContentLength
                || section.isUnsafePromise || section.lacksSetting || section.hasInvalidStatus
            let expected = isRefusedByH2Only ? "0000" : String(expected)
            let found = try section.isSent ? sent(section) : received(section)
            if found != expected {
                differences.append("\(number): \(expected) in h2, \(found): \(section)")
            }
        }
        #expect(differences.isEmpty, "\(differences.prefix(20).joined(separator: "\n"))")
    }

    private func received(_ section: RandomSection) throws -> String {
        let isClient = section.kind == .response || section.kind == .promise
        let peer = try Peer(section.configuration(isClient ? .client : .server))
        if isClient {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        } else if section.kind == .trailers {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        let block = section.headers.block
        let result = peer.receiveResult(
            section.kind == .promise
                ? FrameBuilder.pushPromise(1, promised: 2, block: block)
                : FrameBuilder.headers(1, block: block, endStream: section.kind == .trailers))
        if let error = result.error {
            #expect(error.facts == .remote(.protocolViolation, on: 1), "\(section)")
            return "0000"
        }
        return result.events.first?.headers.map { digits($0, withIndexing: true) } ?? "none"
    }

    private func sent(_ section: RandomSection) throws -> String {
        let isClient = section.kind == .request || section.kind == .trailers
        let peer = try Peer(section.configuration(isClient ? .client : .server))
        if !isClient {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        } else if section.kind == .trailers {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        }
        peer.sent()
        let before = ConnectionSnapshot(of: peer.connection)
        let error = failure { () throws(H2Error) in
            if section.kind == .promise {
                try peer.connection.pushStream(2, on: 1, requestHeaders: section.headers)
            } else {
                try peer.connection.sendHeaders(
                    section.headers, on: 1, endStream: section.kind == .trailers)
            }
        }
        if let error {
            #expect(error.kind == .protocolViolation && error.origin == .local, "\(section)")
            #expect(ConnectionSnapshot(of: peer.connection) == before, "\(section)")
            return "0000"
        }
        let frames = peer.sent()
        #expect(frames.count == 1, "\(section)")
        return frames.first.map {
            digits(peer.sentHeaders(of: $0), withIndexing: section.normalizes)
        } ?? "none"
    }

    /// Returns a hash of the fields. Without normalization it omits indexing, because h2 then
    /// indexes cookies below 20 bytes, which nghttp2 never does.
    private func digits(_ fields: [HPACKDecoder.Field], withIndexing: Bool) -> String {
        var state: UInt32 = 0x811c_9dc5
        for field in fields {
            let isNever = withIndexing && field.neverIndexed
            let lengths = [field.name.count, field.value.count].map(UInt8.init(truncatingIfNeeded:))
            let bytes = [isNever ? 1 : 0, lengths[0]] + field.name + [lengths[1]] + field.value
            for byte in bytes { state = (state ^ UInt32(byte)) &* 16_777_619 }
        }
        let hash = (state >> 16) ^ (state & 0xffff)
        let text = String(max(hash, 1), radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }

    private func digits(_ headers: H2Headers, withIndexing: Bool) -> String {
        digits(
            headers.map {
                HPACKDecoder.Field(
                    name: Array($0.nameBytes), value: Array($0.valueBytes),
                    neverIndexed: $0.indexing == .never)
            }, withIndexing: withIndexing)
    }
}

extension RandomSection {
    /// Whether h2 misses a violation because it joins cookies before it validates: a cookie before
    /// a pseudo-header field (RFC 9113 §8.3), or a cookie with whitespace at an end (§8.2.1).
    fileprivate var hidesViolationInCookies: Bool {
        guard !isSent, validates, normalizes else { return false }
        let cookies = fields.indices.filter { fields[$0].name == Array("cookie".utf8) }
        guard let first = cookies.first else { return false }
        return fields[first...].contains { $0.name.first == UInt8(ascii: ":") }
            || cookies.contains { index in
                let value = fields[index].value
                return [0x20, 0x09].contains { value.first == $0 || value.last == $0 }
            }
    }
}

extension RandomSection {
    /// Whether a promised request is neither GET nor HEAD, or has content (RFC 9113 §8.4). h2
    /// accepts any request.
    fileprivate var isUnsafePromise: Bool {
        guard kind == .promise, validates else { return false }
        let method = values(of: ":method").first
        return method != "GET" && method != "HEAD"
            || values(of: "content-length").contains { Int($0) != 0 }
    }

    /// Whether `:protocol` lacks its setting, which no server here announces (RFC 8441 §3). h2 does
    /// not check.
    fileprivate var lacksSetting: Bool {
        kind == .request && validates && !values(of: ":protocol").isEmpty
    }

    /// Whether `:status` is not three digits, or is 101 (RFC 9110 §15, RFC 9113 §8.6). h2 accepts
    /// any text.
    fileprivate var hasInvalidStatus: Bool {
        guard kind == .response, validates, let status = values(of: ":status").first else {
            return false
        }
        let digits = status.utf8.count == 3 && status.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        return !digits || status.hasPrefix("0") || status == "101"
    }

    /// The values of a field, as sent or received.
    private func values(of name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name }.map {
            isSent && normalizes
                ? $0.value.trimmingCharacters(in: .whitespacesAndNewlines) : $0.value
        }
    }

    /// Whether a sent content-length is not a number, or differing ones are sent (RFC 9110 §8.6).
    /// h2 accepts both.
    fileprivate var hasInvalidContentLength: Bool {
        guard isSent, validates else { return false }
        let lengths = headers.filter { $0.name.lowercased() == "content-length" }.map {
            normalizes ? $0.value.trimmingCharacters(in: .whitespacesAndNewlines) : $0.value
        }
        let values = Set(lengths.map { Int($0.hasPrefix("+") ? "" : $0) })
        return values.contains(nil) || values.count > 1
    }
}

extension RandomSection: CustomStringConvertible {
    var description: String {
        var words = ["\(kind) \(isSent ? "sent" : "received")"]
        if !validates { words.append("not validated") }
        if !normalizes { words.append("not normalized") }
        if splits { words.append("split") }
        return words.joined(separator: ", ") + " \(headers.map { "\($0.name)=\($0.value)" })"
    }
}

extension H2Event {
    /// The header section of the event, if it has one.
    var headers: H2Headers? {
        switch self {
        case .requestReceived(let event): event.headers
        case .responseReceived(let event): event.headers
        case .informationalResponseReceived(let event): event.headers
        case .trailersReceived(let event): event.headers
        case .pushedStreamReceived(let event): event.headers
        default: nil
        }
    }
}
