// SPDX-License-Identifier: MIT
//
// The allocator of the tuned forms: size classes, each with a list of free blocks. All connections
// share the lists, so a connection reuses the blocks of an earlier one.

#include "raw.h"

#include <stdlib.h>
#include <string.h>

// Four classes for each power of two, from 64 bytes to 64 KiB. Larger blocks are freed instead of
// kept in a list.
#define CLASSES 41
#define LARGE CLASSES

// Precedes each block. Its size preserves malloc's alignment.
typedef union header {
    struct {
        size_t index, size;
    } used;
    union header *next;
} header;

_Static_assert(sizeof(header) % _Alignof(max_align_t) == 0, "blocks must be aligned");

static header *free_blocks[CLASSES];

// Returns the class of a size and rounds the size up to that of the class.
static size_t class_of(size_t *size) {
    if (*size <= 64) {
        *size = 64;
        return 0;
    }
    if (*size > 65536) return LARGE;
    unsigned shift = 63 - (unsigned)__builtin_clzl(*size - 1) - 2;
    size_t quarters = ((*size - 1) >> shift) + 1;
    *size = quarters << shift;
    return (size_t)(shift - 4) * 4 + quarters - 4;
}

static void *allocate(size_t size, void *user) {
    (void)user;
    size_t index = class_of(&size);
    header *block = index == LARGE ? NULL : free_blocks[index];
    if (block != NULL) {
        free_blocks[index] = block->next;
    } else {
        block = malloc(sizeof *block + size);
        if (block == NULL) return NULL;
    }
    block->used.index = index;
    block->used.size = size;
    return block + 1;
}

static void release(void *memory, void *user) {
    (void)user;
    if (memory == NULL) return;
    header *block = (header *)memory - 1;
    size_t index = block->used.index;
    if (index == LARGE) {
        free(block);
        return;
    }
    block->next = free_blocks[index];
    free_blocks[index] = block;
}

static void *allocate_zeroed(size_t count, size_t size, void *user) {
    size_t length;
    if (__builtin_mul_overflow(count, size, &length)) return NULL;
    void *memory = allocate(length, user);
    return memory == NULL ? NULL : memset(memory, 0, length);
}

static void *reallocate(void *memory, size_t size, void *user) {
    if (memory == NULL) return allocate(size, user);
    size_t old = ((header *)memory - 1)->used.size;
    if (size <= old) return memory;
    void *new = allocate(size, user);
    if (new == NULL) return NULL;
    memcpy(new, memory, old);
    release(memory, user);
    return new;
}

nghttp2_mem *pool(void) {
    static nghttp2_mem memory = {NULL, allocate, release, allocate_zeroed, reallocate};
    return &memory;
}
