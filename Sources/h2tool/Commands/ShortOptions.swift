// SPDX-License-Identifier: MIT

/// Splits short options as curl does.
package enum ShortOptions {
    private static let flags = "hiIsv"
    private static let options = "bdHmopX"
    private static let longFlags = [
        "--head", "--help", "--http2-prior-knowledge", "--include", "--silent", "--verbose",
        "--version",
    ]

    /// Separates flags and joined values: `-iXPOST` becomes `-i` and `-X=POST`.
    ///
    /// ArgumentParser accepts a joined value neither after a flag nor if it contains `=`.
    package static func split(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return result + [argument] + rest }
            if argument.hasPrefix("--") {
                result.append(argument)
                if argument.contains("=") || longFlags.contains(argument) { continue }
            } else {
                let found = argument.dropFirst(argument.hasPrefix("-") ? 1 : argument.count)
                let flags = found.prefix { Self.flags.contains($0) }
                let option = found.dropFirst(flags.count)
                guard let letter = option.first, options.contains(letter) else {
                    result.append(argument)
                    continue
                }
                let value = option.dropFirst()
                result += flags.map { "-\($0)" }
                result.append("-\(letter)" + (value.isEmpty ? "" : "=\(value)"))
                if !value.isEmpty { continue }
            }
            // This is the option's value, even if it looks like an option.
            if let value = rest.popFirst() { result.append(value) }
        }
        return result
    }
}
