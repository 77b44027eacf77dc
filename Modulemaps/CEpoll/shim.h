/* SPDX-License-Identifier: MIT */

/* epoll, which the Glibc module leaves out. Empty elsewhere. */
#ifdef __linux__
#include <sys/epoll.h>
#endif
