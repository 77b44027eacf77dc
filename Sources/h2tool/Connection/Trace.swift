// SPDX-License-Identifier: MIT

import H2

/// Shows events (`<`), calls (`>`), errors (`!`) and, when a server connection ends, how close it
/// came to its limits (`=`), one line each, on standard error.
package struct Trace {
    let label: String
    let isOn: Bool

    package init(label: String, isOn: Bool) {
        self.label = label
        self.isOn = isOn
    }

    func write(_ mark: String, _ text: @autoclosure () -> String) {
        if isOn { printError("\(label)\(mark) \(text().printable)\n") }
    }
}

/// Writes to standard error, and ignores failures: they cannot be reported.
func printError(_ text: String) { try? Descriptor.standardError.pushAll(text.utf8Span.span) }

extension H2Event {
    /// The name and the fields of the event, in one line; of bytes, only their number.
    var line: String {
        guard let event = Mirror(reflecting: self).children.first else { return "\(self)" }
        return Mirror(reflecting: event.value).children.reduce(event.label ?? "") { line, field in
            let text =
                switch field.value {
                case let bytes as H2Bytes: "\(bytes.count) bytes"
                case let changes as [H2SettingChange]:
                    changes.map { "\($0.identifier): \($0.newValue)" }.joined(separator: ", ")
                default: "\(field.value)"
                }
            return "\(line) \(field.label ?? "")=\(text)"
        }
    }
}

extension String {
    /// The text with control characters escaped, so that a peer cannot control the terminal.
    var printable: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            let isControl = scalar.properties.generalCategory == .control
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }
}
