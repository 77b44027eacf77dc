/* SPDX-License-Identifier: MIT */
/* The functions of the header are in Sources/CH2Exports; a C target needs a file all the same. */
#include "h2.h"
