// SPDX-License-Identifier: MIT
#if NIOSSL
import H2NIO
import NIOSSL
#endif
