// SPDX-License-Identifier: MIT
//
// The yardstick: both ends of a connection in one process, using nghttp2 directly.
//
// raw.c runs the workloads. connection.c has the two ends, their bodies and the bytes they exchange,
// fields.c what the application does with field sections, and pool.c the memory of the tuned forms.

#ifndef RAW_H
#define RAW_H

#include "job.h"

// The stream and connection windows in workloads that enlarge them.
#define WINDOW (1 << 20)
// Concurrent streams, as in nghttp2's tutorial.
#define STREAMS 100
// The maximum passed to the other end at once: four full frames.
#define FRAME (9 + UNIT)
#define HANDOVER (4 * FRAME)
// The maximum number of fields in a section, and of lookups in one.
#define MAX_FIELDS 64
#define MAX_LOOKUPS 4

// How a run uses nghttp2.
typedef struct {
    const char *name;
    // Keeps received fields until the section is complete, as a library that delivers the section
    // as one event must; otherwise, the callback counts them.
    int stores;
    // Builds each section for its message, and looks up fields of the received ones. Requires
    // `stores`.
    int is_application;
    // Uses every option of nghttp2 that makes it faster and keeps its checks.
    int is_tuned;
} form;

typedef struct {
    uint32_t name_length, value_length;
} range;

// A stored field section: `bytes` holds each field's name and value, one after another.
typedef struct {
    uint8_t *bytes;
    size_t length, capacity;
    range *ranges;
    size_t count, range_capacity;
} stored;

// A body being sent.
typedef struct {
    uint64_t offset, left;
} body;

// Bytes for the other end. The additional frame is room for what nghttp2 returns after the last
// DATA frame that was written here without its buffer.
typedef struct {
    uint8_t bytes[HANDOVER + FRAME];
    size_t length;
} output;

// State shared by all connections of a run.
typedef struct {
    job *job;
    form form;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    // NULL for malloc.
    nghttp2_mem *memory;
    int has_windows, is_answered;
    uint32_t max_streams;
    uint64_t request_length, response_length;
    uint64_t requests_sent, responses_sent;
    // Indexed by stream: more entries than concurrent streams with a body.
    body request_bodies[128], response_bodies[128];
    output from_client, from_server;
} bench;

// One end of a connection.
typedef struct {
    nghttp2_session *session;
    bench *bench;
    tally *received;
    output *output;
    int is_server;
    stored stored;
    // The values that the application has looked up in the current section.
    char *values[MAX_LOOKUPS];
} side;

// Ends the process if an nghttp2 function failed.
static inline void check(const char *what, long result) {
    if (result < 0) die(what, result);
}

// Prepares the sections to send and the callbacks for received fields.
void fields_set_up(bench *bench);

// Returns the fields to send for a section: prebuilt, or built in `room` for this message.
const nghttp2_nv *fields_to_send(const bench *bench, const section *section, nghttp2_nv *room);

// Plays the application that handles the event of a complete section and then frees it.
void fields_received(side *side);

// Sets the callbacks for bodies and frames, and the options.
void connection_set_up(bench *bench);

// Opens both ends and exchanges their settings; frees both ends.
void connection_open(bench *bench, side *client, side *server);
void connection_free(side *client, side *server);

// Sends a request.
void connection_request(side *client);

// Exchanges output until neither end has any.
void connection_settle(side *client, side *server);

// Returns an allocator that keeps freed blocks in lists, one list for each size class.
nghttp2_mem *pool(void);

#endif
