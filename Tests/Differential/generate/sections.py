# SPDX-License-Identifier: MIT
"""Generates field sections, valid and invalid; fields are (name, value, never indexed)."""

_EXTRA = (
    (b"accept", b"*/*"), (b"user-agent", b"test"), (b"te", b"trailers"), (b"te", b"Trailers"),
    (b"cookie", b"a=b"), (b"cookie", b"a=b; c=d; longer=than-twenty-bytes"),
    (b"cookie", b"session=0123456789abcdef"), (b"authorization", b"Basic secret"),
    (b"proxy-authorization", b"secret"), (b"x-empty", b""), (b"x-utf8", "é".encode()),
    (b"x-high", b"\xff\x80"), (b"x-tab", b"a\tb"), (b"x-long", b"v" * 300),
    (b"x-del", b"a\x7fb"), (b"x-control", b"a\x01b"), (b"set-cookie", b"k=v"),
    (b"!#$%&'*+-.^_`|~", b"1"))

_BAD = (
    (b"Upper", b"x"), (b"X-Mixed", b"x"), (b"", b"x"), (b"", b""), (b"connection", b"close"),
    (b"keep-alive", b"1"), (b"proxy-connection", b"x"), (b"transfer-encoding", b"chunked"),
    (b"upgrade", b"h2c"), (b"Connection", b"x"), (b"te", b"gzip"), (b"te", b""),
    (b"te", b"trailers "), (b"a:b", b"x"), (b"a b", b"x"), (b" a", b"x"), (b"a ", b"x"),
    (b"a\x00", b"x"), (b"a\x7f", b"x"), (b"a\xe9", b"x"), (b"nul", b"a\x00b"), (b"cr", b"a\rb"),
    (b"lf", b"a\nb"), (b"front", b" x"), (b"back", b"x "), (b"tab", b"\tx"), (b"back", b"x\t"),
    (b":late", b"x"), (b":path", b"/late"), (b":status", b"200"), (b":method", b"GET"),
    (b":protocol", b"websocket"), (b":", b"x"), (b":Path", b"/"), (b"host", b"other"),
    (b"host", b"example.com"), (b"content-length", b"abc"), (b"content-length", b"+5"),
    (b"content-length", b""), (b"content-length", b"1"), (b"content-length", b"5"),
    (b"content-length", b"99999999999999999999999"), (b"content-length", b"-1"),
    (b"content-length", b"0x5"), (b"content-length", b"05"), (b"content-length", b" 5"),
    (b"content-length", b"5, 5"), (b"cookie", b""), (b"cookie", b"; ; "), (b"Cookie", b"a; b"),
    (b" \x0b x ", b" \x0c y \r"), (b"TE", b"gzip"), (b"AUTHORIZATION", b"x"),
    (b"cookie ", b"a; b"), (b"upgrade ", b"x"))

# Authorities, some of which name the same origin.
_AUTHORITIES = (
    b"example.com", b"example.com", b"Example.com", b"example.org", b"example.com:81",
    b"user@example.com", b"[::1]", b"[::1]:443", b"example.com.")


class Sections:
    """Generates field sections at random."""

    def __init__(self, random):
        self._random = random

    def _extra(self, fields):
        random = self._random
        for _ in range(random.choice((0, 0, 0, 1, 1, 2, 4))):
            fields.append(random.choice(_EXTRA))
        return fields

    def _content_length(self, fields, length):
        if length is not None:
            value = b"%d" % length
            fields.append((b"content-length", value))
            if self._random.random() < 0.1:
                fields.append((b"content-length", value))
        return fields

    def _finish(self, fields, bad):
        """Makes a section invalid if `bad`, and makes some fields never indexed."""
        random = self._random
        if bad:
            for _ in range(random.choice((1, 1, 1, 2))):
                kind = random.random()
                if kind < 0.6 or not fields:
                    fields.insert(
                        random.choice((len(fields), random.randint(0, len(fields)))),
                        random.choice(_BAD))
                elif kind < 0.75:
                    fields.pop(random.randrange(len(fields)))
                elif kind < 0.9:
                    fields.append(random.choice(fields))
                else:
                    random.shuffle(fields)
        return tuple((n, v, random.random() < 0.02) for n, v in fields)

    def _authority(self, fields, scheme, bad):
        """Adds :authority, host, or both, which usually name the same origin."""
        random = self._random
        place = random.random()
        if place < 0.8:
            fields.insert(random.randint(0, 3), (b":authority", random.choice(_AUTHORITIES[:3])))
        if place > 0.6:
            authority = next((v for n, v in fields if n == b":authority"), b"example.com")
            host = random.choice((
                authority, authority, authority.upper(), authority.lower(),
                b"user@" + authority if bad else authority, authority + b":",
                authority + (b":443" if scheme == b"https" or bad else b":80")))
            if random.random() < 0.5:
                host = authority
            fields.append((b"host", host))
        elif place < (0.05 if bad else 0.005):
            fields.append((b"host", random.choice(_AUTHORITIES[3:])))

    def request(self, length=None, bad=False, promised=False, extended=False):
        """Returns a request: if `promised`, one that can be promised; if `extended`, it may be an
        extended CONNECT."""
        random = self._random
        kind = random.random()
        if kind < 0.05 and not promised:
            fields = [(b":method", b"CONNECT"), (b":authority", b"example.com:443")]
        elif kind < 0.1 and extended and not promised:
            fields = [
                (b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"),
                (b":path", b"/chat"), (b":authority", b"example.com")]
        elif bad and kind < 0.15:
            fields = [
                (b":method", b"GET"), (b":scheme", b"https"), (b":path", b""),
                (b":authority", b"a")]
        elif bad and kind < 0.2:
            fields = [(b":status", b"200")]
        elif bad and kind < 0.25:
            fields = [
                (b":method", b"CONNECT"), (b":scheme", b"https"), (b":path", b"/"),
                (b":authority", b"a")]
        elif bad and kind < 0.3:
            fields = [
                (b":method", b"GET"), (b":protocol", b"x"), (b":scheme", b"https"),
                (b":path", b"/"), (b":authority", b"a")]
        else:
            methods = (b"GET", b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS")
            if promised:
                methods = (b"GET", b"GET", b"HEAD")
            scheme = random.choice((b"https", b"http"))
            fields = [
                (b":method", random.choice(methods)), (b":scheme", scheme),
                (b":path", random.choice((b"/", b"/a/b?c=d", b"*")))]
            self._authority(fields, scheme, bad)
        return self._finish(self._content_length(self._extra(fields), length), bad)

    def response(self, length=None, bad=False):
        random = self._random
        status = random.choice((b"200", b"200", b"200", b"404", b"204", b"304", b"500"))
        fields = [(b":status", status)]
        if status in (b"204", b"304") and random.random() < 0.7:
            length = None
        if bad and random.random() < 0.2:
            fields = random.choice((
                [], [(b":status", b"")], [(b":method", b"GET"), (b":status", b"200")],
                [(b":status", b"200"), (b":status", b"200")], [(b":path", b"/")],
                [(b"x", b"y"), (b":status", b"100")], [(b":status", b"1")],
                [(b":status", b"2000")], [(b":status", b"099")], [(b":status", b"1xx")],
                [(b":status", b"999")], [(b":status", b"101")]))
            fields = list(fields)
        return self._finish(self._content_length(self._extra(fields), length), bad)

    def informational(self, bad=False):
        status = self._random.choice((b"100", b"103", b"199"))
        if self._random.random() < (0.3 if bad else 0.01):
            status = self._random.choice((b"101", b"101", b"1", b"1000", b"10a"))
        return self._finish(self._extra([(b":status", status)]), bad)

    def trailers(self, bad=False):
        fields = self._extra([(b"x-checksum", b"1")])
        if bad and self._random.random() < 0.4:
            fields = self._random.choice(([], [(b":status", b"200")], [(b":path", b"/")]))
            fields = list(fields)
        return self._finish(fields, bad)
