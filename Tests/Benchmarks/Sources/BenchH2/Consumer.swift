// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// Handles received fields and data as an application would.
struct Consumer<S: Shape> {
    let isFull: Bool
    var received = Tally()

    init(isFull: Bool) { self.isFull = isFull }

    mutating func take(request headers: H2Headers) {
        count(headers)
        received.found += S.valueLength(ofRequest: headers)
    }

    mutating func take(response headers: H2Headers) {
        count(headers)
        received.found += S.valueLength(ofResponse: headers)
    }

    mutating func take(
        _ part: H2Event.DataReceived, by connection: H2Connection
    ) throws(H2Error) {
        part.data.withUnsafeBytes { received.add($0, isFull: isFull) }
        try connection.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
    }

    mutating func end() { received.endMessage(isFull: isFull) }

    // If this method were inlined, the compiler would copy each event before its fields are read.
    @inline(never)
    private mutating func count(_ headers: H2Headers) {
        if isFull { addSum(of: headers) }
        received.fields += headers.count
    }

    private mutating func addSum(of headers: H2Headers) {
        var sum = Adler()
        for header in headers { sum.addField(header.nameBytes, header.valueBytes) }
        received.fieldSum += Int(sum.value)
    }
}
