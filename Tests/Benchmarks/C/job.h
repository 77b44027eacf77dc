// SPDX-License-Identifier: MIT
//
// What a run is asked to do, what it found, and how it tells: the same for each peer.

#ifndef JOB_H
#define JOB_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

// An operation of W3 and W6: so many bytes of the body.
#define UNIT 16384
// Bodies repeat after so many bytes.
#define BLOCK 65536

// A header section, ready to be sent.
typedef struct {
    nghttp2_nv *fields;
    size_t count;
} section;

typedef struct {
    section *items;
    size_t count;
} sections;

// Adler-32, RFC 1950. Starts at {1, 0}.
typedef struct {
    uint32_t a, b;
} adler;

// What all clients, or all servers, of a run received.
typedef struct {
    uint64_t messages, fields, field_sum, bytes, sum;
    // Of the section and the body that are under way; of use only where `is_full`.
    adler field_adler, body_adler;
} tally;

typedef struct {
    const char *workload, *form;
    uint64_t operations;
    // Checksums over all bytes, for a run that is not measured.
    int is_full;
    sections requests, responses;
    // The body's bytes, and a frame more: each frame can be copied at once, wherever it begins.
    uint8_t block[BLOCK + UNIT];
    tally requests_received, responses_received;
} job;

// Reads `peer WORKLOAD OPERATIONS FIELDS FORM [full]`.
job *job_read(int argc, char **argv);

// Prints the line of JSON.
void job_print(const job *job, double seconds, long resident);

// Notes a field, the end of a section, a piece of a body, and the end of a message.
void tally_field(tally *tally, const job *job, const uint8_t *name, size_t name_length,
                 const uint8_t *value, size_t value_length);
void tally_section(tally *tally, const job *job);
void tally_data(tally *tally, const job *job, const uint8_t *data, size_t length);
void tally_message(tally *tally, const job *job);

// CPU time of this process, in seconds.
double cpu_seconds(void);

// Memory of this process that is resident, in bytes.
long resident_bytes(void);

// Takes memory, or ends the process.
void *take(size_t count, size_t size);

_Noreturn void die(const char *what, long value);

#endif
