"""The server's side of NTLM over HTTP (MS-NLMP, MS-NTHT), with NTLMv2 answers really checked."""

import hashlib
import hmac
import os
import struct

SIGNATURE = b"NTLMSSP\0"
UNICODE, TARGET, NTLM, SIGN, TARGET_INFO, EXTENDED = 0x1, 0x4, 0x200, 0x8000, 0x800000, 0x80000


def md4(data):
    """RFC 1320. OpenSSL 3 offers it no more, and NTLM needs it for the hash of the password."""
    mask = 0xFFFFFFFF

    def rotate(value, count):
        value &= mask
        return (value << count | value >> (32 - count)) & mask

    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    data = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    orders = (range(16), [i % 4 * 4 + i // 4 for i in range(16)],
              [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15])
    rounds = ((lambda x, y, z: x & y | ~x & z, 0, (3, 7, 11, 19)),
              (lambda x, y, z: x & y | x & z | y & z, 0x5A827999, (3, 5, 9, 13)),
              (lambda x, y, z: x ^ y ^ z, 0x6ED9EBA1, (3, 9, 11, 15)))
    for start in range(0, len(data), 64):
        words = struct.unpack("<16I", data[start:start + 64])
        a, b, c, d = state
        for order, (mix, constant, shifts) in zip(orders, rounds):
            for step, word in enumerate(order):
                a = rotate(a + mix(b, c, d) + words[word] + constant, shifts[step % 4])
                a, b, c, d = d, a, b, c
        state = [(old + new) & mask for old, new in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def challenge():
    """A CHALLENGE_MESSAGE and the eight bytes that the client must work with."""
    nonce = os.urandom(8)
    name = "EXAMPLE".encode("utf-16-le")
    pairs = struct.pack("<HH", 2, len(name)) + name + struct.pack("<HH", 1, len(name)) + name + bytes(4)
    flags = UNICODE | TARGET | NTLM | TARGET_INFO | EXTENDED
    head = 56
    message = SIGNATURE + struct.pack("<I", 2) + struct.pack("<HHI", len(name), len(name), head)
    message += struct.pack("<I", flags) + nonce + bytes(8)
    message += struct.pack("<HHI", len(pairs), len(pairs), head + len(name)) + bytes(8)
    return message + name + pairs, nonce


def message_type(message):
    return struct.unpack("<I", message[8:12])[0] if message.startswith(SIGNATURE) and len(message) >= 12 else 0


def field(message, at):
    length, _, offset = struct.unpack("<HHI", message[at:at + 8])
    return message[offset:offset + length]


def verify(message, nonce, password_of):
    """Who signed in by this AUTHENTICATE_MESSAGE, or None. `password_of(user)` gives None for unknown ones."""
    unicode = struct.unpack("<I", message[60:64])[0] & UNICODE
    codec = "utf-16-le" if unicode else "latin-1"
    answer, domain, user = field(message, 20), field(message, 28).decode(codec), field(message, 36).decode(codec)
    password = password_of(user)
    if password is None or len(answer) <= 24:  # 24 bytes: NTLM of version 1, which is refused
        return None
    key = hmac.new(md4(password.encode("utf-16-le")), (user.upper() + domain).encode("utf-16-le"), hashlib.md5).digest()
    proof = hmac.new(key, nonce + answer[16:], hashlib.md5).digest()
    return user if hmac.compare_digest(proof, answer[:16]) else None
