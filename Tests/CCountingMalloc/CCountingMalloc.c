// SPDX-License-Identifier: MIT

#include "CCountingMalloc.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer) || __has_feature(leak_sanitizer)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

#if defined(__GLIBC__) && !HAS_SANITIZER

#include <malloc.h>

// Initial-exec, because the general model may allocate when a thread first touches the variable.
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

THREAD_LOCAL int is_counting;
THREAD_LOCAL uint64_t count;
THREAD_LOCAL int64_t live;
THREAD_LOCAL int64_t peak;

// Counts an allocation, including a failed one, and returns its block.
static void *record(void *block) {
    if (!is_counting) return block;
    count++;
    live += (int64_t)malloc_usable_size(block);
    if (live > peak) peak = live;
    return block;
}

static void forget(void *block) {
    if (is_counting) live -= (int64_t)malloc_usable_size(block);
}

// glibc's allocator under its internal names. The linker exports the definitions below from the
// executable because libc.so has them too, so every library of the process calls them, including
// the Swift runtime.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *pointer);

void *malloc(size_t size) { return record(__libc_malloc(size)); }

void *calloc(size_t number, size_t size) { return record(__libc_calloc(number, size)); }

void *realloc(void *pointer, size_t size) {
    // Read the old size first: afterwards the block may be freed. It stays if realloc fails.
    int64_t old = is_counting ? (int64_t)malloc_usable_size(pointer) : 0;
    void *block = __libc_realloc(pointer, size);
    if (is_counting && (block != NULL || size == 0)) live -= old;
    return record(block);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return record(__libc_memalign(alignment, size));
}

void free(void *pointer) {
    forget(pointer);
    __libc_free(pointer);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    // POSIX reports the error only as the result, so keep errno.
    int saved = errno;
    void *pointer = record(__libc_memalign(alignment, size));
    errno = saved;
    if (pointer == NULL) return ENOMEM;
    *result = pointer;
    return 0;
}

void counting_malloc_start(void) {
    count = 0;
    live = 0;
    peak = 0;
    is_counting = 1;
}

uint64_t counting_malloc_stop(void) {
    is_counting = 0;
    return count;
}

void counting_malloc_resume(void) { is_counting = 1; }

int64_t counting_malloc_live(void) { return live; }

int64_t counting_malloc_peak(void) { return peak; }

int counting_malloc_is_available(void) {
    // Tests whether counting works, because valgrind redirects even these definitions. `strdup`
    // allocates inside libc, so this also covers calls from other libraries.
    char *(*volatile duplicate)(const char *) = strdup;
    int was_counting = is_counting;
    uint64_t old_count = count;
    int64_t old_live = live, old_peak = peak;
    counting_malloc_start();
    free(duplicate("x"));
    uint64_t seen = counting_malloc_stop();
    int is_balanced = live == 0 && peak > 0;
    is_counting = was_counting;
    count = old_count;
    live = old_live;
    peak = old_peak;
    return seen == 1 && is_balanced;
}

#else

int counting_malloc_is_available(void) { return 0; }
void counting_malloc_start(void) {}
uint64_t counting_malloc_stop(void) { return 0; }
void counting_malloc_resume(void) {}
int64_t counting_malloc_live(void) { return 0; }
int64_t counting_malloc_peak(void) { return 0; }

#endif
