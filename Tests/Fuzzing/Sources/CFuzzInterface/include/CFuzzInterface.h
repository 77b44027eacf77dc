// SPDX-License-Identifier: MIT

#ifndef C_FUZZ_INTERFACE_H
#define C_FUZZ_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

// Calls the C interface as a fuzz input says: a client and a server, whose bytes are moved between
// them in pieces, and bytes of the input that either receives. Returns NULL, or what was wrong.
const char *fuzz_c_interface(const uint8_t *data, size_t size);

#endif
