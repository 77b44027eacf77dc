// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// The number of bytes in the payload, and the number of fields in the header section.
let byteCount = 16_384
let fieldCount = 1_000
/// How many times one operation builds a request or looks up its fields.
let repeats = 100
let request = Request()

/// Performs one operation on the payload or the section; returns the bytes or fields it processed.
func use(_ form: String, _ payload: H2Bytes, _ other: H2Bytes, _ section: H2Headers) -> Int {
    var sum = 0
    switch form {
    case "array": sum = Array(payload).count
    case "append":
        var body: [UInt8] = []
        body += payload
        sum = body.count
    case "equal": sum = payload == other ? byteCount : 0
    case "iterate": for byte in payload { sum &+= Int(byte) }
    case "subscript": for index in 0..<payload.count { sum &+= Int(payload[index]) }
    case "slices":
        var rest = payload
        while !rest.isEmpty {
            sum += rest.prefix(64).count
            rest = rest.dropFirst(64)
        }
    case "build": for _ in 0..<repeats { sum += request.appended().count }
    case "build-strings": for _ in 0..<repeats { sum += request.appendedStrings().count }
    case "literal": for _ in 0..<repeats { sum += request.literal().count }
    case "literal-strings": for _ in 0..<repeats { sum += request.stringLiteral().count }
    case "lookup":
        let headers = request.appended()
        for _ in 0..<repeats { sum += min(lookUp(headers), 1) * lookupCount }
    case "lookup-strings":
        let headers = request.appended()
        for _ in 0..<repeats { sum += min(lookUpStrings(headers), 1) * lookupCount }
    case "remove":
        var headers = section
        while !headers.isEmpty {
            headers.remove(at: 0)
            sum += 1
        }
    default: fail("unknown form: \(form)")
    }
    return sum
}

// Usage: `bench-forms FORM TIMES`. forms.py counts the instructions.
let arguments = CommandLine.arguments
guard arguments.count == 3, let times = Int(arguments[2]) else {
    fail("usage: \(arguments[0]) FORM TIMES")
}
let (payload, other) = (
    H2Bytes([UInt8](repeating: 1, count: byteCount)),
    H2Bytes([UInt8](repeating: 1, count: byteCount))
)
let section = H2Headers((0..<fieldCount).map { ("x-field-\($0)", "value \($0)") })
var sum = 0
for _ in 0..<times { sum += use(arguments[1], payload, other, section) }
let units =
    switch arguments[1] {
    case "remove": fieldCount
    case "build", "build-strings", "literal", "literal-strings": repeats * Request.count
    case "lookup", "lookup-strings": repeats * lookupCount
    default: byteCount
    }
let expected = times * units
if sum != expected { fail("\(arguments[1]): \(sum), not \(expected)") }
