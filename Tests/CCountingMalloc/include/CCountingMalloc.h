// SPDX-License-Identifier: MIT

#ifndef C_COUNTING_MALLOC_H
#define C_COUNTING_MALLOC_H

#include <stdint.h>

/// Whether allocations of this process are counted. 0 without glibc, under a sanitizer and under
/// valgrind, which all bring an allocator of their own.
int counting_malloc_is_available(void);

/// Starts to count the allocations of this thread, from 0.
void counting_malloc_start(void);

/// Stops to count, and returns how many allocations this thread made since the start. A `realloc`
/// counts as one.
uint64_t counting_malloc_stop(void);

/// Starts to count again, from where it stopped.
void counting_malloc_resume(void);

/// Bytes that this thread allocated less those that it freed, while it counted since the start. As
/// the allocator rounds them up.
int64_t counting_malloc_live(void);

/// The most that `counting_malloc_live` ever was since the start.
int64_t counting_malloc_peak(void);

#endif
