// SPDX-License-Identifier: MIT

#if NIO
import H2NIO

#if THREAD_SANITIZER
typealias Mutex = H2NIO.Mutex
/// The factor by which tests take longer with the thread sanitizer.
let slowness = 10
#else
let slowness = 1
#endif
#endif
