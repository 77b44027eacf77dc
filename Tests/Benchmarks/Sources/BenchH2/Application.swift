// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// Builds a section from names and values for each message, and looks up fields of received
/// sections.
struct Application: Shape {
    static var reusesMemory: Bool { false }
    // The names in a program are constants, so they are created only once.
    private let fields: [[(name: H2FieldName, value: String)]]

    init(_ fields: [Job.Section]) {
        self.fields = fields.map { $0.map { (H2FieldName($0.name), $0.value) } }
    }

    subscript(number: Int) -> H2Headers {
        var headers = H2Headers()
        for (name, value) in fields[number % fields.count] { headers.append(name, value) }
        return headers
    }

    static func valueLength(ofRequest headers: H2Headers) -> Int {
        length(headers[.method]) + length(headers[.path]) + length(headers[.authority])
            + length(headers[.acceptEncoding])
    }

    static func valueLength(ofResponse headers: H2Headers) -> Int {
        length(headers[.status]) + length(headers[.contentType])
            + length(headers[.contentLength])
    }

    private static func length(_ value: String?) -> Int { value?.utf8.count ?? 0 }
}
