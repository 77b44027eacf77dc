// SPDX-License-Identifier: MIT
// The declarations of nghttp2 and of the C library that H2 uses.

#ifndef CNGHTTP2_SHIM_H
#define CNGHTTP2_SHIM_H

// memcmp and memchr.
#include <string.h>

#if __has_include(<nghttp2/nghttp2.h>)

#include <nghttp2/nghttp2.h>
#include <stdint.h>
#include <unistd.h>
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif

#if NGHTTP2_VERSION_NUM < 0x013400
#error "nghttp2 1.52 or newer is needed: it is the oldest release that H2 is tested with"
#endif

// These functions are newer than 1.52, but distributions backport them, so the version number does
// not show whether they exist. A missing weak function is a null pointer at run time instead of a
// link error.
extern __attribute__((weak)) void nghttp2_option_set_stream_reset_rate_limit(
    nghttp2_option *option, uint64_t burst, uint64_t rate);
extern __attribute__((weak)) void nghttp2_option_set_max_continuations(
    nghttp2_option *option, size_t val);
extern __attribute__((weak)) void nghttp2_option_set_glitch_rate_limit(
    nghttp2_option *option, uint64_t burst, uint64_t rate);

/// Disables nghttp2's rate limits. They read a clock, and H2 has its own limits.
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

/// Returns a random number for a secret. Embedded Swift lacks Swift's random number generator.
static inline uint64_t cnghttp2_random(void) {
  uint64_t number;
  if (getentropy(&number, sizeof number) != 0) {
    // Fallback: the addresses of the stack and of nghttp2, which the system randomizes.
    number = (uint64_t)(uintptr_t)&number * 0x9e3779b97f4a7c15 ^
             (uint64_t)(uintptr_t)&nghttp2_session_del;
  }
  return number;
}

/// Returns 1, 2, 3 and so on; safe to call on any thread.
static inline uint64_t cnghttp2_next_number(void) {
  static uint64_t last;
  return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

#else
#error "libnghttp2 headers not found: install libnghttp2-dev (apt), libnghttp2-devel (dnf) or libnghttp2 (brew)"
#endif

#endif
