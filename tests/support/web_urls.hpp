#pragma once

/// Web addresses that configurations and servers may name: whoever sends a secret has to think of
/// them as the others do.
namespace postroom::support {

inline constexpr const char* fit_for_secrets[] = {
    "https://mail.example.org/a", "HTTPS://Mail.Example.ORG/a",   "https://mail.example.org:8443/a",
    "https://192.0.2.1/a",        "https://[2001:db8::1]:8443/a", "https://localhost.example.org/a",
    "http://localhost/a",         "http://LocalHost:8080/a",      "http://mail.localhost:8080/a",
    "http://127.0.0.1:8080/a",    "http://127.0.0.2/a",           "HTTP://[::1]:8080/a",
};

inline constexpr const char* unfit_for_secrets[] = {
    "http://mail.example.org/a",
    "http://192.0.2.1/a",
    // That only look like this machine.
    "http://127.0.0.1.example.org/a",
    "http://127.0.0.1.5/a",
    "http://localhost.example.org/a",
    "http://evillocalhost/a",
    "http://localhost./a",
    "http://.localhost/a",
    "http://[::ffff:127.0.0.1]/a",
    "http://[::2]/a",
    "http://127.0.0.1@evil.example/a",
    "http://127.0.0.1:80@evil.example/a",
    "http://[::1]@evil.example/a",
    "http://127.0.0.1\\@evil.example/a",
    "http://127.0.0.1#@evil.example/a",
    "http://evil.example#.localhost/a",
    "http://evil.example\\.localhost/a",
    // This machine, written as nobody does who has nothing to hide.
    "http://0x7f.1/a",
    "http://2130706433/a",
    "http://0177.0.0.1/a",
    "http://127.0.0.00/a",
    "http://127.1/a",
    "http://%6cocalhost/a",
    "http://[::1%25lo]/a",
    // No address of a service at all.
    "",
    "mail.example.org",
    "//mail.example.org/a",
    "https://",
    "https:///a",
    "https:/mail.example.org/a",
    "https://:443/a",
    "https://mail.example.org:0/a",
    "https://mail.example.org:65536/a",
    "https://mail.example.org:8443x/a",
    "https://mail.example.org:80:90/a",
    "https://me@mail.example.org/a",
    "https://me:word@mail.example.org/a",
    "https://@mail.example.org/a",
    "https://mail.example.org@mail.example.org/a",
    "https://mail.example.org/a#b",
    "https://mail.example.org/a b",
    " https://mail.example.org/a",
    "https://mail.example.org/a\r\nX: y",
    "https://mail.example.org\t/a",
    "https://mail\x7f.example.org/a",
    "https://m\xc3\xa4il.example.org/a",
    "https://[::1/a",
    "https://[::1]x/a",
    "https://::1/a",
    "ftp://localhost/a",
    "file:///a",
    "javascript://localhost/a",
};

}  // namespace postroom::support
