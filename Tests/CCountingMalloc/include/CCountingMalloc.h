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

#endif
