/* SPDX-License-Identifier: MIT */
/*
 * Stands for a program compiled with an older or newer h2.h than the library's. Tests/CConsumer/run
 * compiles it three times: with the installed header, with the first published one (first/h2.h),
 * and, with GROWN defined, with a header in which each structure that has a size has one more
 * member, `added`.
 */
#include <h2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(claim) check(claim, #claim, __LINE__)

static void check(int holds, const char *claim, int line) {
    if (holds) return;
    fprintf(stderr, "growth.c:%d: not true: %s\n", line, claim);
    exit(1);
}

/* A structure with 16 bytes after it, all 0xaa, that the library must not write to. */
#define GUARDED(type, name)  \
    struct {                 \
        type it;             \
        unsigned char after[16]; \
    } name;                  \
    memset(&name, 0xaa, sizeof name)

static int is_untouched(const unsigned char *after) {
    for (int i = 0; i < 16; i++) {
        if (after[i] != 0xaa) return 0;
    }
    return 1;
}

int main(void) {
    GUARDED(h2_limits, limits);
    GUARDED(h2_config, config);
    GUARDED(h2_config, reported);
    GUARDED(h2_usage, usage);
    GUARDED(h2_memory, memory);
#ifdef H2_NO_DEADLINE
    GUARDED(h2_deadlines, deadlines);
    GUARDED(h2_flow_control, flow_control);
#endif
    h2_connection *connection;
    CHECK(h2_abi_version() == H2_ABI_VERSION);

    CHECK(h2_limits_init(&limits.it, sizeof limits.it) == H2_OK);
    CHECK(limits.it.size == sizeof limits.it && is_untouched(limits.after));
    CHECK(limits.it.memory > 0);
    limits.it.memory = 1234567;
    CHECK(h2_config_init(&config.it, sizeof config.it, H2_SERVER) == H2_OK);
    CHECK(config.it.size == sizeof config.it && is_untouched(config.after));
    config.it.limits = &limits.it;
#ifdef H2_NO_DEADLINE
    /* The first published header does not have these structures. */
    CHECK(h2_deadlines_init(&deadlines.it, sizeof deadlines.it) == H2_OK);
    CHECK(deadlines.it.size == sizeof deadlines.it && is_untouched(deadlines.after));
    CHECK(h2_flow_control_init(&flow_control.it, sizeof flow_control.it) == H2_OK);
    CHECK(flow_control.it.size == sizeof flow_control.it && is_untouched(flow_control.after));
    deadlines.it.idle = 7654321;
    config.it.deadlines = &deadlines.it;
    config.it.flow_control = &flow_control.it;
#endif
    CHECK(h2_connection_new(&config.it, &connection) == H2_OK);

    reported.it.size = sizeof reported.it;
    CHECK(h2_connection_configuration(connection, &reported.it) == H2_OK);
    CHECK(reported.it.size == sizeof reported.it && is_untouched(reported.after));
    CHECK(reported.it.role == H2_SERVER && reported.it.limits->memory == 1234567);
#ifdef H2_NO_DEADLINE
    CHECK(reported.it.deadlines->idle == 7654321 && reported.it.deadlines->output == 0);
    CHECK(reported.it.flow_control->stream_window == flow_control.it.stream_window);
#endif
    usage.it.size = sizeof usage.it;
    CHECK(h2_connection_usage(connection, &usage.it) == H2_OK);
    CHECK(usage.it.size == sizeof usage.it && is_untouched(usage.after));
    CHECK(usage.it.header_fields == 0);
    memory.it.size = sizeof memory.it;
    CHECK(h2_connection_memory(connection, &memory.it) == H2_OK);
    CHECK(memory.it.size == sizeof memory.it && is_untouched(memory.after));
    h2_connection_free(connection);

    /* What the library returned can be passed back. */
    CHECK(h2_connection_new(&config.it, &connection) == H2_OK);
    CHECK(h2_connection_configuration(connection, &reported.it) == H2_OK);
    h2_connection *copy;
    CHECK(h2_connection_new(&reported.it, &copy) == H2_OK);
    h2_connection_free(connection);
    h2_connection_free(copy);

#ifdef GROWN
    /* An older library sets unknown members to 0 and accepts no other value. */
    CHECK(limits.it.added == 0 && config.it.added == 0 && reported.it.added == 0);
    CHECK(usage.it.added == 0 && memory.it.added == 0);
    limits.it.added = 1;
    CHECK(h2_connection_new(&config.it, &connection) == H2_ERR_INVALID_ARGUMENT);
    CHECK(connection == NULL);
    limits.it.added = 0;
    CHECK(deadlines.it.added == 0 && flow_control.it.added == 0);
    deadlines.it.added = 1;
    CHECK(h2_connection_new(&config.it, &connection) == H2_ERR_INVALID_ARGUMENT);
    deadlines.it.added = 0;
    flow_control.it.added = 1;
    CHECK(h2_connection_new(&config.it, &connection) == H2_ERR_INVALID_ARGUMENT);
    flow_control.it.added = 0;
    config.it.added = 1;
    CHECK(h2_connection_new(&config.it, &connection) == H2_ERR_INVALID_ARGUMENT);
#endif
    return 0;
}
