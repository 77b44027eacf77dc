// SPDX-License-Identifier: MIT

#ifndef C_FUZZ_INTERFACE_H
#define C_FUZZ_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

// Calls the C interface as a fuzz input specifies: a client and a server exchange bytes in pieces,
// and either may receive bytes of the input. Returns NULL, or a description of the problem.
const char *fuzz_c_interface(const uint8_t *data, size_t size);

#endif
