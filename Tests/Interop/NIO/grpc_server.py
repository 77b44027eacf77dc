# SPDX-License-Identifier: MIT
"""A gRPC server: it streams as many messages of one byte as the request asks for."""
import concurrent.futures
import sys

import grpc


def _messages(request, _):
    for number in range(int(request)):
        yield bytes([number % 251])


class _Service(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method == "/test.Test/Stream":
            return grpc.unary_stream_rpc_method_handler(_messages)
        return None


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([_Service()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(None)


main()
