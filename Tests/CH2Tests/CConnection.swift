// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2

/// A connection of the C ABI, called as a C program would.
final class CConnection {
    let raw: OpaquePointer?
    /// The bytes received last, in a new allocation for each call of `receive`.
    private(set) var input = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ role: h2_role, _ change: (UnsafeMutablePointer<h2_config>) -> Void = { _ in }) {
        var config = h2_config()
        var raw: OpaquePointer?
        let size = MemoryLayout<h2_config>.size
        if h2_config_init(&config, size, Int32(role.rawValue)) == 0 {
            change(&config)
            _ = h2_connection_new(&config, &raw)
        }
        self.raw = raw
    }

    deinit {
        h2_connection_free(raw)
        input.deallocate()
    }

    /// Receives a copy of `bytes` and frees the copy received before.
    func receive(_ bytes: [UInt8], at time: UInt64? = nil) -> Int32 {
        let next = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        next.copyBytes(from: bytes)
        let result =
            time.map { h2_connection_receive_at(raw, next.baseAddress, next.count, $0) }
            ?? h2_connection_receive(raw, next.baseAddress, next.count)
        guard result == H2_OK.rawValue else {
            next.deallocate()
            return result
        }
        input.deallocate()
        input = next
        return result
    }

    /// Fetches all events, and returns them with the final result, 0 or an error.
    func events(
        _ look: (h2_event) -> Void = { _ in }
    ) -> (events: [H2Event], result: Int32) {
        var events: [H2Event] = []
        var event = h2_event()
        while true {
            let result = h2_connection_next_event(raw, &event)
            guard result == 1 else { return (events, result) }
            look(event)
            if let event = H2Event(event) { events.append(event) }
        }
    }

    /// Removes and returns all queued output, at most `limit` bytes per call.
    func sent(upTo limit: Int = .max) -> [UInt8] {
        var sent: [UInt8] = []
        var bytes: UnsafePointer<UInt8>?
        var count = 0
        while h2_connection_data_to_send(raw, &bytes, &count) == 0, count > 0 {
            let taken = min(limit, count)
            sent += UnsafeBufferPointer(start: bytes, count: taken)
            guard h2_connection_did_send(raw, taken) == 0 else { break }
        }
        return sent
    }

    /// Sends a field section whose memory is freed before this returns.
    func sendHeaders(
        _ headers: H2Headers, on stream: UInt32, flags: UInt32 = 0,
        priority: UnsafePointer<h2_priority>? = nil
    ) -> Int32 {
        withFields(headers) {
            h2_connection_send_headers(raw, stream, $0, headers.count, flags, priority)
        }
    }

    /// Calls `body` with a view of the section as an array of `h2_header`.
    func withFields(
        _ headers: H2Headers, _ body: (UnsafePointer<h2_header>?) -> Int32
    ) -> Int32 {
        var texts: [UnsafeMutableBufferPointer<CChar>] = []
        var fields: [h2_header] = []
        func text(_ bytes: H2Bytes) -> UnsafeMutableBufferPointer<CChar> {
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() {
                copy[index] = CChar(bitPattern: byte)
            }
            texts.append(copy)
            return copy
        }
        for header in headers {
            let (name, value) = (text(header.nameBytes), text(header.valueBytes))
            fields.append(
                h2_header(
                    name: name.baseAddress, name_length: name.count, value: value.baseAddress,
                    value_length: value.count,
                    flags: header.indexing == .never ? H2_HEADER_NEVER_INDEXED.rawValue : 0,
                    reserved: 0))
        }
        let result = fields.withUnsafeBufferPointer { body($0.baseAddress) }
        for index in texts.indices { texts[index].deallocate() }
        return result
    }

    /// A copy of the last error.
    var lastError: LastError? {
        h2_last_error(raw).map { LastError($0.pointee) }
    }

    /// Performs the handshake with a peer that sends an empty SETTINGS frame.
    func handshake(preface: [UInt8] = []) -> Int32 {
        var result = h2_connection_initiate(raw)
        _ = sent()
        if result == 0 { result = receive(preface + [0, 0, 0, 4, 0, 0, 0, 0, 0]) }
        if result == 0 { result = events().result }
        if result == 0 { result = receive([0, 0, 0, 4, 1, 0, 0, 0, 0]) }
        if result == 0 { result = events().result }
        _ = sent()
        return result
    }
}

/// A copy of an `h2_error`.
struct LastError: Equatable {
    var result: Int32
    var origin: UInt32
    var errorCode: UInt32
    var streamID: UInt32
    var limit: Int32
    var expected: Int64?
    var actual: Int64?
    var message: String

    init(_ error: h2_error) {
        result = error.result
        origin = UInt32(bitPattern: error.origin)
        errorCode = error.error_code
        streamID = error.stream_id
        limit = error.limit
        expected = error.has_expected == 0 ? nil : error.expected
        actual = error.has_actual == 0 ? nil : error.actual
        message = String(cString: error.message)
    }
}
