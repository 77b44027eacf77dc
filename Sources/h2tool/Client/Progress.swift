// SPDX-License-Identifier: MIT

/// Shows how much of a long response has arrived, on one line of a terminal.
struct Progress {
    let total: Int?
    private var count = 0
    private let start = ContinuousClock.now
    private var shown = Duration.zero

    init(total: Int?) { self.total = total }

    mutating func add(_ bytes: Int) {
        count += bytes
        let time = start.duration(to: .now)
        let isLong = time > .seconds(1) || count > 1 << 20
        if isLong && time - shown > .milliseconds(100) { show(after: time) }
    }

    /// Completes the line, if there is one.
    mutating func finish() {
        guard shown > .zero else { return }
        show(after: start.duration(to: .now))
        printError("\n")
    }

    private mutating func show(after time: Duration) {
        shown = time
        let percent = total.map { $0 == 0 ? "" : " (\(count * 100 / $0) %)" } ?? ""
        let rate = Int(Double(count >> 20) / (time / .seconds(1)))
        printError("\r\(count) bytes\(percent), \(rate) MiB/s\u{1b}[K")
    }
}
