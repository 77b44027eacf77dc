// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// How the application uses H2.
enum Form: String {
    /// Counts received fields and reuses the arrays of events.
    case blocks
    /// Makes a `String` of each name and value, and uses the calls that return new arrays.
    case strings
}

/// Handles received fields and data as an application would.
struct Consumer {
    let form: Form
    let isFull: Bool
    var received = Tally()
    /// The UTF-8 length of all strings made, in bytes.
    private var textLength = 0

    init(_ form: Form, isFull: Bool) {
        self.form = form
        self.isFull = isFull
    }

    mutating func take(_ headers: H2Headers) {
        if isFull { addSum(of: headers) }
        switch form {
        case .blocks:
            received.fields += headers.count
        case .strings:
            for header in headers {
                textLength += header.name.utf8.count + header.value.utf8.count
                received.fields += 1
            }
        }
    }

    mutating func take(
        _ part: H2Event.DataReceived, by connection: H2Connection
    ) throws(H2Error) {
        part.data.withUnsafeBytes { received.add($0, isFull: isFull) }
        try connection.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
    }

    mutating func end() { received.endMessage(isFull: isFull) }

    private mutating func addSum(of headers: H2Headers) {
        var sum = Adler()
        for header in headers { sum.addField(header.nameBytes, header.valueBytes) }
        received.fieldSum += Int(sum.value)
    }
}
