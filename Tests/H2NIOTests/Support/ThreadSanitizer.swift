// SPDX-License-Identifier: MIT

#if NIO
import H2NIO

#if THREAD_SANITIZER
typealias Mutex = H2NIO.Mutex
/// How much longer tests take.
let slowness = 10
#else
let slowness = 1
#endif
#endif
