// SPDX-License-Identifier: MIT
//
// The field sections of the application. It sends prebuilt sections, or builds one for each
// message. It counts the received fields, stores them, or stores them and looks up some of them.

#include "raw.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    size_t length;
} lookup;

#define LOOKUP(name) {name, sizeof name - 1}

static const lookup request_lookups[MAX_LOOKUPS] = {
    LOOKUP(":method"), LOOKUP(":path"), LOOKUP(":authority"), LOOKUP("accept-encoding")};
static const lookup response_lookups[MAX_LOOKUPS] = {
    LOOKUP(":status"), LOOKUP("content-type"), LOOKUP("content-length")};

// Sending

// In tuned forms, nghttp2 does not copy names and values: the job keeps them for the whole run.
static uint8_t field_flags(const bench *bench) {
    return bench->form.is_tuned ? NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE
                                : NGHTTP2_NV_FLAG_NONE;
}

static void set_flags(sections *sections, uint8_t flags) {
    for (size_t i = 0; i < sections->count; i++) {
        section *section = &sections->items[i];
        if (section->count > MAX_FIELDS) die("too many fields", (long)section->count);
        for (size_t j = 0; j < section->count; j++) section->fields[j].flags = flags;
    }
}

const nghttp2_nv *fields_to_send(const bench *bench, const section *section, nghttp2_nv *room) {
    if (!bench->form.is_application) return section->fields;
    uint8_t flags = field_flags(bench);
    for (size_t i = 0; i < section->count; i++) {
        // The names in a program are constants, so their lengths need no strlen.
        const nghttp2_nv *field = &section->fields[i];
        room[i] = (nghttp2_nv){field->name, field->value, field->namelen,
                               strlen((const char *)field->value), flags};
    }
    return room;
}

// Counting

static int count_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_length, const uint8_t *value, size_t value_length,
                       uint8_t flags, void *user) {
    (void)session, (void)frame, (void)flags;
    side *side = user;
    tally_field(side->received, side->bench->job, name, name_length, value, value_length);
    return 0;
}

// Storing

static void *grow(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) die("no memory", (long)size);
    return memory;
}

static int begin_stored(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session, (void)frame;
    stored *stored = &((side *)user)->stored;
    stored->length = stored->count = 0;
    stored->capacity = 512;
    stored->range_capacity = 16;
    stored->bytes = grow(NULL, stored->capacity);
    stored->ranges = grow(NULL, stored->range_capacity * sizeof(range));
    return 0;
}

static int store_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_length, const uint8_t *value, size_t value_length,
                       uint8_t flags, void *user) {
    (void)session, (void)frame, (void)flags;
    stored *stored = &((side *)user)->stored;
    size_t length = stored->length + name_length + value_length;
    if (length > stored->capacity) {
        while (length > stored->capacity) stored->capacity *= 2;
        stored->bytes = grow(stored->bytes, stored->capacity);
    }
    if (stored->count == stored->range_capacity) {
        stored->range_capacity *= 2;
        stored->ranges = grow(stored->ranges, stored->range_capacity * sizeof(range));
    }
    memcpy(stored->bytes + stored->length, name, name_length);
    memcpy(stored->bytes + stored->length + name_length, value, value_length);
    stored->length = length;
    stored->ranges[stored->count++] = (range){(uint32_t)name_length, (uint32_t)value_length};
    return 0;
}

// Looking up

// Returns a copy of the value of the first field with this name, and its length, or NULL.
static char *copy_value(const stored *stored, const lookup *lookup, size_t *length) {
    const uint8_t *at = stored->bytes;
    for (size_t i = 0; i < stored->count; i++) {
        range range = stored->ranges[i];
        if (range.name_length == lookup->length && memcmp(at, lookup->name, lookup->length) == 0) {
            char *value = grow(NULL, range.value_length + 1);
            memcpy(value, at + range.name_length, range.value_length);
            value[range.value_length] = 0;
            *length = range.value_length;
            return value;
        }
        at += range.name_length + range.value_length;
    }
    return NULL;
}

static void look_up(side *side) {
    const lookup *lookups = side->is_server ? request_lookups : response_lookups;
    for (size_t i = 0; i < MAX_LOOKUPS && lookups[i].name != NULL; i++) {
        size_t length = 0;
        side->values[i] = copy_value(&side->stored, &lookups[i], &length);
        side->received->found += length;
    }
    for (size_t i = 0; i < MAX_LOOKUPS; i++) {
        free(side->values[i]);
        side->values[i] = NULL;
    }
}

void fields_received(side *side) {
    stored *stored = &side->stored;
    const uint8_t *at = stored->bytes;
    if (at == NULL) return;
    if (side->bench->form.is_application) look_up(side);
    if (side->bench->job->is_full) {
        for (size_t i = 0; i < stored->count; i++) {
            range range = stored->ranges[i];
            tally_field(side->received, side->bench->job, at, range.name_length,
                        at + range.name_length, range.value_length);
            at += range.name_length + range.value_length;
        }
    } else {
        side->received->fields += stored->count;
    }
    free(stored->bytes);
    free(stored->ranges);
    stored->bytes = NULL;
    stored->ranges = NULL;
}

void fields_set_up(bench *bench) {
    set_flags(&bench->job->requests, field_flags(bench));
    set_flags(&bench->job->responses, field_flags(bench));
    nghttp2_session_callbacks *callbacks = bench->callbacks;
    if (bench->form.stores) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_stored);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, store_field);
    } else {
        nghttp2_session_callbacks_set_on_header_callback(callbacks, count_field);
    }
}
