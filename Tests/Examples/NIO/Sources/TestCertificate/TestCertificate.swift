// SPDX-License-Identifier: MIT

/// A self-signed certificate for localhost and 127.0.0.1 that is valid until 2125. It is only for
/// tests, because its private key is public.
public let testCertificate = """
    -----BEGIN CERTIFICATE-----
    MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
    c3QwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
    CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPVdyUw3dvaqgkCp
    dCgNYyp2uxExBnalZxKPMW08JcUQsH/8Ku6D+am97orJRMlpvlFloqIjNwo4/qto
    eIKfCiOjTjBMMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0
    hwR/AAABMB0GA1UdDgQWBBQajEiHsMv2Oq46S8B++wWnFYScnDAKBggqhkjOPQQD
    AgNIADBFAiALfeGMacECbP/dDigNRuQYIHys4kjAfGBuI5ERGXwSUAIhALoFc04C
    m/eQNL6Y97OJKvuvIdheI0Bi6kZP9FjZIWR/
    -----END CERTIFICATE-----
    """

/// The private key of the certificate.
public let testPrivateKey = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWzj9uPji/lC0NoOp
    m1JXDl/xh8Ej39hiJdXtjOKvMp6hRANCAAT1XclMN3b2qoJAqXQoDWMqdrsRMQZ2
    pWcSjzFtPCXFELB//Crug/mpve6KyUTJab5RZaKiIzcKOP6raHiCnwoj
    -----END PRIVATE KEY-----
    """
