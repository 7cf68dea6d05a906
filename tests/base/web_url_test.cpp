#include "base/web_url.hpp"

#include <gtest/gtest.h>

#include "tests/support/web_urls.hpp"

using namespace postroom;
using namespace std::string_view_literals;

namespace {

struct written {
  const char* url;
  web_origin origin;
};

const written readable[] = {
    {"https://mail.example.org", {"https", "mail.example.org", 443}},
    {"https://mail.example.org/a/b?c=d@e&f=g:h", {"https", "mail.example.org", 443}},
    {"HTTPS://MAIL.Example.org?a", {"https", "mail.example.org", 443}},
    {"https://mail.example.org./", {"https", "mail.example.org.", 443}},
    {"https://a_b-c.example:1/", {"https", "a_b-c.example", 1}},
    {"https://mail.example.org:/", {"https", "mail.example.org", 443}},
    {"https://mail.example.org:08443/", {"https", "mail.example.org", 8443}},
    {"https://mail.example.org:65535/", {"https", "mail.example.org", 65535}},
    {"http://mail.example.org/m\xc3\xa4il", {"http", "mail.example.org", 80}},
    {"http://127.0.0.1:80/", {"http", "127.0.0.1", 80}},
    {"https://[2001:DB8:0:0::1]:8443/", {"https", "[2001:db8::1]", 8443}},
};

TEST(web_url, is_read_as_libcurl_reads_it) {
  for (const auto& row : readable) {
    const auto origin = origin_of(row.url);
    ASSERT_TRUE(origin) << row.url;
    EXPECT_EQ(origin->scheme, row.origin.scheme) << row.url;
    EXPECT_EQ(origin->host, row.origin.host) << row.url;
    EXPECT_EQ(origin->port, row.origin.port) << row.url;
  }
}

TEST(web_url, is_of_one_origin_however_it_is_written) {
  EXPECT_EQ(origin_of("https://example.org/a"), origin_of("HTTPS://Example.ORG:443?b"));
  for (const char* other : {"http://example.org/a", "https://example.org:444/a",
                            "https://www.example.org/a", "http://example.org:443/a"})
    EXPECT_NE(origin_of("https://example.org/a"), origin_of(other)) << other;
}

TEST(web_url, takes_secrets_by_https_or_on_this_machine) {
  for (const char* url : support::fit_for_secrets) EXPECT_TRUE(is_fit_for_secrets(url)) << url;
  for (const char* url : support::unfit_for_secrets) EXPECT_FALSE(is_fit_for_secrets(url)) << url;
}

TEST(web_url, ends_at_no_byte_that_libcurl_would_end_at) {
  EXPECT_FALSE(origin_of("https://example.org\0.evil.example/"sv));
  EXPECT_FALSE(is_loopback_host("evil.example\0.localhost"sv));
  EXPECT_FALSE(is_loopback_host("127.0.0.1\0.evil.example"sv));
}

TEST(web_url, has_no_host_longer_than_names_are) {
  EXPECT_TRUE(origin_of("https://" + std::string(253, 'a') + "/"));
  EXPECT_FALSE(origin_of("https://" + std::string(254, 'a') + "/"));
}

TEST(loopback, is_this_machine_and_nothing_that_looks_like_it) {
  for (const char* host : {"127.0.0.1", "127.255.255.254", "::1", "[::1]", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(is_loopback_address(host)) << host;
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
  for (const char* name : {"localhost", "LOCALHOST", "mail.localhost", "a.b.LocalHost"}) {
    EXPECT_FALSE(is_loopback_address(name)) << name;
    EXPECT_TRUE(is_loopback_host(name)) << name;
  }
  for (const char* host :
       {"", "128.0.0.1", "127.1", "127.0.0.01", "127.0.0.256", "127.0.0.1.5", "127.0.0.1.",
        "[127.0.0.1]", "::", "::ffff:127.0.0.1", "[::1", "::1%lo", "localhost.", ".localhost",
        "localhost.example.org", "mylocalhost", "evil.example/.localhost", "a@b.localhost"})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

}  // namespace
