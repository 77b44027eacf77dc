// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// The number of bytes in the payload, and the number of fields in the header section.
let byteCount = 16_384
let fieldCount = 1_000

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
let expected = times * (arguments[1] == "remove" ? fieldCount : byteCount)
if sum != expected { fail("\(arguments[1]): \(sum), not \(expected)") }
