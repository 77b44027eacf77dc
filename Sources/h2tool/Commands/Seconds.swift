// SPDX-License-Identifier: MIT

import ArgumentParser

/// A number of seconds on the command line, as it was typed.
struct Seconds: ExpressibleByArgument, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let description: String

    init(argument: String) { description = argument }
    init(integerLiteral value: Int) { description = "\(value)" }

    private var number: Double { Double(description) ?? 0 }
    var duration: Duration { .seconds(number) }

    /// - Parameter options: The values by the names of their options.
    /// - Throws: A `ValidationError` if one of them is outside of the limits.
    static func validate(_ options: KeyValuePairs<String, Seconds?>) throws {
        for case (let name, let time?) in options where !(0.001...1e9 ~= time.number) {
            throw ValidationError("\(name) \(time): use 0.001 to 1000000000 seconds")
        }
    }
}
