/* SPDX-License-Identifier: MIT */
/* A C target needs a source file. Sources/CH2Exports implements the functions of h2.h. */
#include "h2.h"
