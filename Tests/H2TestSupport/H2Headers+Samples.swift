// SPDX-License-Identifier: MIT

public import H2

extension H2Headers {
    /// A GET request.
    public static var sampleRequest: H2Headers {
        [":method": "GET", ":scheme": "https", ":authority": "example.com", ":path": "/"]
    }

    /// A POST request.
    public static var samplePost: H2Headers {
        [":method": "POST", ":scheme": "https", ":authority": "example.com", ":path": "/"]
    }

    /// A 200 response.
    public static var sampleResponse: H2Headers { [":status": "200", "server": "sample"] }

    /// Trailers.
    public static var sampleTrailers: H2Headers { ["checksum": "0"] }

    /// The fields as a field block of literals, encoded without the library under test.
    public var block: [UInt8] {
        var encoder = HPACKEncoder()
        for header in self {
            encoder.literal(
                name: Array(header.nameBytes), value: Array(header.valueBytes),
                header.indexing == .never ? .never : .without)
        }
        return encoder.bytes
    }
}
