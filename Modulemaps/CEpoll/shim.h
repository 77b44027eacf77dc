/* SPDX-License-Identifier: MIT */

/* epoll, which the Glibc module lacks. Empty except on Linux. */
#ifdef __linux__
#include <sys/epoll.h>
#endif
