// SPDX-License-Identifier: MIT
//
// Uses h2.h in C++: a client and a server in memory.
#include "layout.h"
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

class Connection {
public:
    explicit Connection(h2_role role) {
        h2_config config;
        check(h2_config_init(&config, sizeof config, role));
        check(h2_connection_new(&config, &raw));
        check(h2_connection_initiate(raw));
    }
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection() { h2_connection_free(raw); }

    void check(int32_t result) const {
        if (result == H2_OK) return;
        const h2_error *error = h2_last_error(raw);
        throw std::runtime_error(error != nullptr ? error->message : h2_result_name(result));
    }

    void send(uint32_t stream, const std::vector<std::pair<std::string, std::string>> &fields,
              uint32_t flags) {
        std::vector<h2_header> headers;
        for (const auto &field : fields) {
            headers.push_back({field.first.data(), field.first.size(), field.second.data(),
                               field.second.size(), 0, 0});
        }
        check(h2_connection_send_headers(raw, stream, headers.data(), headers.size(), flags,
                                         nullptr));
    }

    /// Passes all queued output to another connection and calls `act` with each event.
    template <typename Act> void give_to(Connection &other, Act act) {
        const uint8_t *bytes = nullptr;
        size_t count = 0;
        check(h2_connection_data_to_send(raw, &bytes, &count));
        other.check(h2_connection_receive(other.raw, bytes, count));
        h2_event event;
        int32_t result = 0;
        while ((result = h2_connection_next_event(other.raw, &event)) == 1) act(event);
        other.check(result);
        check(h2_connection_did_send(raw, count));
    }

    h2_connection *raw = nullptr;
};

std::map<std::string, std::string> fields_of(const h2_event &event) {
    std::map<std::string, std::string> fields;
    for (size_t i = 0; i < event.headers.header_count; ++i) {
        const h2_header &field = event.headers.headers[i];
        fields[std::string(field.name, field.name_length)] =
            std::string(field.value, field.value_length);
    }
    return fields;
}

} // namespace

int main() try {
    Connection client(H2_CLIENT), server(H2_SERVER);
    std::string path, status, body;
    client.send(1, {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/x"}},
                H2_END_STREAM);
    client.give_to(server, [&](const h2_event &event) {
        if (event.type != H2_EVENT_REQUEST_RECEIVED) return;
        path = fields_of(event)[":path"];
        server.send(event.stream_id, {{":status", "200"}}, 0);
        server.check(h2_connection_send_data(server.raw, event.stream_id, "hello", 5,
                                             H2_END_STREAM));
    });
    server.give_to(client, [&](const h2_event &event) {
        if (event.type == H2_EVENT_RESPONSE_RECEIVED) status = fields_of(event)[":status"];
        if (event.type == H2_EVENT_DATA_RECEIVED) {
            body.append(reinterpret_cast<const char *>(event.data.bytes), event.data.count);
        }
    });
    if (path == "/x" && status == "200" && body == "hello") return 0;
    std::fprintf(stderr, "pair: %s %s %s\n", path.c_str(), status.c_str(), body.c_str());
    return 1;
} catch (const std::exception &error) {
    std::fprintf(stderr, "pair: %s\n", error.what());
    return 1;
}
