// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// How an application uses H2: which sections it sends, and which fields of received ones it looks
/// up.
///
/// Client, server and consumer are generic over the shape, so that one adds no cost to the other.
protocol Shape {
    /// Whether to use the calls that reuse memory instead of those that return new arrays.
    static var reusesMemory: Bool { get }

    init(_ fields: [Job.Section])

    /// The section of the message with this number. After the last section, the first one follows.
    subscript(number: Int) -> H2Headers { get }

    /// Looks up the fields that a server needs, and returns the total length of their values in
    /// bytes.
    static func valueLength(ofRequest headers: H2Headers) -> Int

    /// Looks up the fields that a client needs, and returns the total length of their values in
    /// bytes.
    static func valueLength(ofResponse headers: H2Headers) -> Int
}

/// Sends prebuilt sections, and looks up no fields.
struct Prebuilt: Shape {
    static var reusesMemory: Bool { true }
    private let sections: [H2Headers]

    init(_ fields: [Job.Section]) {
        sections = fields.map { H2Headers($0.map { ($0.name, $0.value) }) }
    }

    subscript(number: Int) -> H2Headers { sections[number % sections.count] }

    static func valueLength(ofRequest headers: H2Headers) -> Int { 0 }

    static func valueLength(ofResponse headers: H2Headers) -> Int { 0 }
}
