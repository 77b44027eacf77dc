// SPDX-License-Identifier: MIT

#ifndef C_COUNTING_MALLOC_H
#define C_COUNTING_MALLOC_H

#include <stdint.h>

/// Whether this process's allocations can be counted: 0 without glibc, under a sanitizer and under
/// valgrind, because each of these has its own allocator.
int counting_malloc_is_available(void);

/// Starts counting this thread's allocations, from 0.
void counting_malloc_start(void);

/// Stops counting and returns the number of allocations by this thread since the start. A `realloc`
/// counts as one.
uint64_t counting_malloc_stop(void);

/// Resumes counting without resetting the numbers.
void counting_malloc_resume(void);

/// Returns the bytes that this thread allocated minus those it freed, while counting since the
/// start. Sizes are as rounded up by the allocator.
int64_t counting_malloc_live(void);

/// Returns the maximum of `counting_malloc_live` since the start.
int64_t counting_malloc_peak(void);

#endif
