// SPDX-License-Identifier: MIT

#ifndef C_FUZZER_H
#define C_FUZZER_H

#include <stddef.h>
#include <stdint.h>

// Declared in libFuzzer's FuzzerInterface.h, which its library does not include.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

// Declared in the address sanitizer's sanitizer/allocator_interface.h.
size_t __sanitizer_get_current_allocated_bytes(void);

#endif
