// SPDX-License-Identifier: MIT

#ifndef C_FUZZER_H
#define C_FUZZER_H

#include <stddef.h>
#include <stdint.h>

// Of libFuzzer, whose library brings no header: FuzzerInterface.h.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

// Of the address sanitizer: sanitizer/allocator_interface.h.
size_t __sanitizer_get_current_allocated_bytes(void);

#endif
