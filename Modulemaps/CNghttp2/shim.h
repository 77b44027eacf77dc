// SPDX-License-Identifier: MIT
// What Swift needs to see of nghttp2, and nothing else.

#ifndef CNGHTTP2_SHIM_H
#define CNGHTTP2_SHIM_H

#if __has_include(<nghttp2/nghttp2.h>)

#include <nghttp2/nghttp2.h>

#if NGHTTP2_VERSION_NUM < 0x013400
#error "nghttp2 1.52 or newer is needed: it is the oldest release that H2 is tested with"
#endif

// Newer than 1.52, but distributions carry them back to it, so the version tells nothing. Declared
// weak, a missing one is a null pointer at run time instead of a link error.
extern __attribute__((weak)) void nghttp2_option_set_stream_reset_rate_limit(
    nghttp2_option *option, uint64_t burst, uint64_t rate);
extern __attribute__((weak)) void nghttp2_option_set_max_continuations(
    nghttp2_option *option, size_t val);
extern __attribute__((weak)) void nghttp2_option_set_glitch_rate_limit(
    nghttp2_option *option, uint64_t burst, uint64_t rate);

/// Takes nghttp2's own rate limiters out of the way: they read a clock, and H2 has limits of its
/// own.
static inline void cnghttp2_option_disable_rate_limits(nghttp2_option *option) {
  if (nghttp2_option_set_stream_reset_rate_limit) {
    nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, UINT64_MAX);
  }
  if (nghttp2_option_set_glitch_rate_limit) {
    nghttp2_option_set_glitch_rate_limit(option, UINT64_MAX, UINT64_MAX);
  }
  if (nghttp2_option_set_max_continuations) {
    nghttp2_option_set_max_continuations(option, SIZE_MAX);
  }
}

#else
#error "libnghttp2 headers not found: install libnghttp2-dev (apt), libnghttp2-devel (dnf) or libnghttp2 (brew)"
#endif

#endif
