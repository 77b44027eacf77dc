// SPDX-License-Identifier: MIT
#if NIO
import NIOEmbedded
import Testing
@Test func a() {}
#endif
