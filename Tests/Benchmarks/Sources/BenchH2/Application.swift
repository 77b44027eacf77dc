// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// What a program does for each message: it builds the section to send from names and values, and
/// looks up fields of the received one.
struct Application: Shape {
    static var reusesMemory: Bool { false }
    private let fields: [Job.Section]

    init(_ fields: [Job.Section]) { self.fields = fields }

    subscript(number: Int) -> H2Headers {
        var headers = H2Headers()
        for (name, value) in fields[number % fields.count] { headers.append(name, value) }
        return headers
    }

    static func valueLength(ofRequest headers: H2Headers) -> Int {
        length(headers[":method"]) + length(headers[":path"]) + length(headers[":authority"])
            + length(headers["accept-encoding"])
    }

    static func valueLength(ofResponse headers: H2Headers) -> Int {
        length(headers[":status"]) + length(headers["content-type"])
            + length(headers["content-length"])
    }

    private static func length(_ value: String?) -> Int { value?.utf8.count ?? 0 }
}
