// SPDX-License-Identifier: MIT

import H2

/// Serves one connection: refuses each upload at once, with a 413 response or with REFUSED_STREAM,
/// except an upload to /accept.
func refuseUploads(with answer: String) throws {
    let socket = try Socket.firstAccepted {
        try writeAll("listening on http://127.0.0.1:\($0)\n".utf8, to: 2)
    }
    let wire = try Wire(.server, over: socket)
    let connection = wire.connection
    var refused: Set<H2StreamID> = []
    var takenCount = 0
    var acceptedLengths: [Int] = []
    while let events = try wire.exchange() {
        for event in events {
            switch event {
            case .requestReceived(let request) where request.headers[.path] != "/accept":
                let id = request.streamID
                refused.insert(id)
                if answer == "413" {
                    // A complete response, then RST_STREAM for the rest of the request, RFC 9113
                    // §8.1.
                    try connection.sendHeaders([(.status, "413")], on: id, endStream: true)
                    try connection.resetStream(id, errorCode: .noError)
                } else {
                    try connection.resetStream(id, errorCode: .refusedStream)
                }
            case .dataReceived(let part):
                if !refused.contains(part.streamID) { takenCount += part.data.count }
                try connection.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
            case .streamEnded(let end):
                if refused.contains(end.streamID) {
                    throw wire.failure("stream \(end.streamID) ended before its reset")
                }
                acceptedLengths.append(takenCount)
                try connection.sendHeaders([(.status, "200")], on: end.streamID)
                try connection.sendData(
                    Array("\(takenCount)".utf8), on: end.streamID, endStream: true)
            default:
                break
            }
        }
    }
    if acceptedLengths != [1 << 20] { throw wire.failure("accepted uploads: \(acceptedLengths)") }
    try wire.check("uploads refused", resets: refused)
}
