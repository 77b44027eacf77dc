// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// How the fields of an event are looked at.
enum Form: String {
    /// They are counted.
    case blocks
    /// A `String` is made of each name and value, and each call returns new arrays.
    case strings
}

/// What an application does with events.
struct Consumer {
    let form: Form
    let isFull: Bool
    var received = Tally()
    /// Bytes of the strings that were made.
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
