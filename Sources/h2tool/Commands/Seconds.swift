// SPDX-License-Identifier: MIT

import ArgumentParser

/// A number of seconds, as typed on the command line.
struct Seconds: ExpressibleByArgument, ExpressibleByIntegerLiteral, CustomStringConvertible {
    let description: String

    init(argument: String) { description = argument }
    init(integerLiteral value: Int) { description = "\(value)" }

    private var number: Double { Double(description) ?? 0 }
    var duration: Duration { .seconds(number) }

    /// - Parameter options: The names of the options, with their values.
    /// - Throws: A `ValidationError` if a value is not a number from 0.001 to 1,000,000,000.
    static func validate(_ options: KeyValuePairs<String, Seconds?>) throws {
        for case (let name, let time?) in options where !(0.001...1e9 ~= time.number) {
            throw ValidationError("\(name) \(time): use 0.001 to 1000000000 seconds")
        }
    }
}
