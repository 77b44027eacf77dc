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

// Initial-exec, because the general model may allocate when a thread first touches the variable.
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))

THREAD_LOCAL int is_counting;
THREAD_LOCAL uint64_t count;

static void note(void) {
    if (is_counting) count++;
}

// The allocator of glibc under names that stay its own. The linker exports the definitions below
// from the executable, since libc.so has them too; so every library of the process, the Swift
// runtime included, comes through here. `free` needs no counterpart: the memory is glibc's.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *pointer, size_t size) {
    note();
    return __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return EINVAL;
    }
    note();
    // POSIX leaves errno alone here.
    int saved = errno;
    void *pointer = __libc_memalign(alignment, size);
    errno = saved;
    if (pointer == NULL) return ENOMEM;
    *result = pointer;
    return 0;
}

void counting_malloc_start(void) {
    count = 0;
    is_counting = 1;
}

uint64_t counting_malloc_stop(void) {
    is_counting = 0;
    return count;
}

int counting_malloc_is_available(void) {
    // Tried rather than assumed: valgrind redirects even our definitions. `strdup` allocates inside
    // of libc, so it also shows whether other libraries come through here.
    char *(*volatile duplicate)(const char *) = strdup;
    int was_counting = is_counting;
    uint64_t old_count = count;
    counting_malloc_start();
    free(duplicate("x"));
    uint64_t seen = counting_malloc_stop();
    is_counting = was_counting;
    count = old_count;
    return seen == 1;
}

#else

int counting_malloc_is_available(void) { return 0; }
void counting_malloc_start(void) {}
uint64_t counting_malloc_stop(void) { return 0; }

#endif
