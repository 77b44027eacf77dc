// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The value of the Date field, RFC 9110 §5.6.7. `update` formats it at most once a second.
struct HTTPDate {
    private(set) var text = ""
    private var second: time_t = -1

    mutating func update() {
        var now = time(nil)
        if now == second { return }
        second = now
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        text = unsafe String(unsafeUninitializedCapacity: 64) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                // The names are English, because nothing calls setlocale.
                unsafe strftime($0.baseAddress, $0.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            }
        }
    }
}
