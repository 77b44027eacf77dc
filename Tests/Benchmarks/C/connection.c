// SPDX-License-Identifier: MIT
//
// The two ends of a connection, their bodies, and the bytes they exchange.
//
// The output of nghttp2_session_mem_send is collected in a buffer and passed to the other session's
// nghttp2_session_mem_recv. The documented forms send bodies with a data provider that copies; the
// tuned forms copy each payload once, into the output. Received data is acknowledged with
// nghttp2_session_consume, not automatically. The documented forms set no other option.

#include "raw.h"

#include <string.h>

// Bodies

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t length,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)session, (void)stream;
    side *side = user;
    body *body = source->ptr;
    if (length > UNIT) length = UNIT;
    if (length > body->left) length = body->left;
    memcpy(buffer, side->bench->job->block + body->offset % BLOCK, length);
    body->offset += length;
    body->left -= length;
    if (body->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)length;
}

// Returns the length of the next payload, which write_body copies. For tuned forms.
static ssize_t announce_body(nghttp2_session *session, int32_t stream, uint8_t *buffer,
                             size_t length, uint32_t *flags, nghttp2_data_source *source,
                             void *user) {
    (void)session, (void)stream, (void)buffer, (void)user;
    body *body = source->ptr;
    if (length > UNIT) length = UNIT;
    if (length > body->left) length = body->left;
    body->left -= length;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (body->left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)length;
}

// Writes a DATA frame to the output. For tuned forms.
static int write_body(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
                      size_t length, nghttp2_data_source *source, void *user) {
    (void)session;
    side *side = user;
    body *body = source->ptr;
    output *output = side->output;
    if (frame->data.padlen != 0) die("padding", (long)frame->data.padlen);
    if (output->length + FRAME > HANDOVER) return NGHTTP2_ERR_WOULDBLOCK;
    memcpy(output->bytes + output->length, head, 9);
    memcpy(output->bytes + output->length + 9, side->bench->job->block + body->offset % BLOCK,
           length);
    output->length += 9 + length;
    body->offset += length;
    return 0;
}

static nghttp2_data_provider *provide(const bench *bench, nghttp2_data_provider *provider,
                                      body *bodies, uint32_t stream, uint64_t length) {
    if (length == 0) return NULL;
    body *body = &bodies[stream / 2 % 128];
    body->offset = 0;
    body->left = length;
    provider->source.ptr = body;
    provider->read_callback = bench->form.is_tuned ? announce_body : read_body;
    return provider;
}

// Messages

void connection_request(side *client) {
    bench *bench = client->bench;
    nghttp2_data_provider provider;
    nghttp2_nv room[MAX_FIELDS];
    const section *section =
        &bench->job->requests.items[bench->requests_sent++ % bench->job->requests.count];
    uint32_t stream = nghttp2_session_get_next_stream_id(client->session);
    check("submit_request",
          nghttp2_submit_request(client->session, NULL, fields_to_send(bench, section, room),
                                 section->count,
                                 provide(bench, &provider, bench->request_bodies, stream,
                                         bench->request_length),
                                 NULL));
}

static void respond(side *server, int32_t stream) {
    bench *bench = server->bench;
    nghttp2_data_provider provider;
    nghttp2_nv room[MAX_FIELDS];
    const section *section =
        &bench->job->responses.items[bench->responses_sent++ % bench->job->responses.count];
    check("submit_response",
          nghttp2_submit_response(server->session, stream, fields_to_send(bench, section, room),
                                  section->count,
                                  provide(bench, &provider, bench->response_bodies,
                                          (uint32_t)stream, bench->response_length)));
}

static int take_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                     size_t length, void *user) {
    (void)flags;
    side *side = user;
    tally_data(side->received, side->bench->job, data, length);
    check("consume", nghttp2_session_consume(session, stream, length));
    return 0;
}

static int take_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    (void)session;
    side *side = user;
    if (frame->hd.type == NGHTTP2_HEADERS) {
        fields_received(side);
        tally_section(side->received, side->bench->job);
    } else if (frame->hd.type != NGHTTP2_DATA) {
        return 0;
    }
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        tally_message(side->received, side->bench->job);
        if (side->is_server && side->bench->is_answered) respond(side, frame->hd.stream_id);
    }
    return 0;
}

// The transport

static void collect(side *side) {
    output *output = side->output;
    while (output->length + FRAME <= HANDOVER) {
        const uint8_t *data;
        ssize_t length = nghttp2_session_mem_send(side->session, &data);
        check("mem_send", length);
        if (length == 0) return;
        if (length > FRAME) die("more than a frame", length);
        memcpy(output->bytes + output->length, data, (size_t)length);
        output->length += (size_t)length;
    }
}

static size_t carry(side *from, side *to) {
    collect(from);
    size_t length = from->output->length;
    if (length == 0) return 0;
    ssize_t taken = nghttp2_session_mem_recv(to->session, from->output->bytes, length);
    if (taken != (ssize_t)length) die("mem_recv", taken);
    from->output->length = 0;
    return length;
}

void connection_settle(side *client, side *server) {
    size_t moved;
    do {
        moved = carry(client, server);
        moved += carry(server, client);
    } while (moved != 0);
}

// Connections

static void open_side(side *side, bench *bench, int is_server) {
    memset(side, 0, sizeof *side);
    side->bench = bench;
    side->is_server = is_server;
    side->received = is_server ? &bench->job->requests_received : &bench->job->responses_received;
    side->output = is_server ? &bench->from_server : &bench->from_client;
    check("session_new",
          (is_server ? nghttp2_session_server_new3 : nghttp2_session_client_new3)(
              &side->session, bench->callbacks, side, bench->option, bench->memory));
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, bench->max_streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};
    check("submit_settings", nghttp2_submit_settings(side->session, NGHTTP2_FLAG_NONE, settings,
                                                     bench->has_windows ? 2 : 1));
    if (bench->has_windows) {
        check("set_local_window_size", nghttp2_session_set_local_window_size(
                                           side->session, NGHTTP2_FLAG_NONE, 0, WINDOW));
    }
}

void connection_open(bench *bench, side *client, side *server) {
    open_side(client, bench, 0);
    open_side(server, bench, 1);
    connection_settle(client, server);
}

void connection_free(side *client, side *server) {
    nghttp2_session_del(client->session);
    nghttp2_session_del(server->session);
}

void connection_set_up(bench *bench) {
    nghttp2_session_callbacks *callbacks = bench->callbacks;
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, take_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, take_frame);
    nghttp2_option_set_no_auto_window_update(bench->option, 1);
    if (!bench->form.is_tuned) return;
    nghttp2_session_callbacks_set_send_data_callback(callbacks, write_body);
    nghttp2_option_set_no_closed_streams(bench->option, 1);
    bench->memory = pool();
}
