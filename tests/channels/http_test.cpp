#include <atomic>
#include <thread>

#include "channels/transcript.hpp"
#include "tests/channels/http_user.hpp"
#include "tests/support/mail_lab.hpp"

namespace postroom::channels {
namespace {

TEST(http, gives_status_headers_and_body) {
  scripted_server server(dialog{asked("GET /a HTTP/1.1"), S("HTTP/1.1 200 OK"),
                                S("RETRY-After:  1.5 "), S("Content-Length: 5"), S(""),
                                S_raw("hello")});
  http_user user;
  const auto got = user.ask(user.to(server, "/a"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->header("retry-after"), "1.5");
  EXPECT_EQ(got->header("other"), "");
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(server.verdict(), "");
}

TEST(http, keeps_the_connection_for_the_next_request) {
  scripted_server server(dialog{asked("GET /1 HTTP/1.1"), answered("200 OK", "one"),
                                asked("GET /2 HTTP/1.1"), answered("200 OK", "two")});
  http_user user;
  EXPECT_EQ(user.ask(user.to(server, "/1"))->body, "one");
  EXPECT_EQ(user.ask(user.to(server, "/2"))->body, "two");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(http, sends_a_body_and_headers_as_they_are) {
  scripted_server server(dialog{C("PATCH /m HTTP/1.1"), C_like("Host: .*"), C("Accept: */*"),
                                C("Content-Type: application/json"), C("Content-Length: 4"), C(""),
                                C("{}"), answered("204 No Content", "")});
  http_user user;
  auto request = user.to(server, "/m");
  request.method = "PATCH";
  request.headers = {"Content-Type: application/json"};
  request.body = std::make_shared<const std::string>("{}\r\n");
  EXPECT_EQ(user.ask(request)->status, 204);
  EXPECT_EQ(server.verdict(), "");
}

TEST(http, follows_no_redirect) {
  scripted_server server(dialog{asked("GET / HTTP/1.1"), S("HTTP/1.1 302 Found"),
                                S("Location: http://127.0.0.1:1/"), S("Content-Length: 0"), S("")});
  http_user user;
  const auto got = user.ask(user.to(server));
  EXPECT_EQ(got->status, 302);
  EXPECT_EQ(got->header("location"), "http://127.0.0.1:1/");
}

TEST(http, takes_of_an_error_the_first_64_kib) {
  scripted_server server(
      dialog{asked("GET / HTTP/1.1"), answered("500 Broken", std::string(200'000, 'x'))});
  http_user user;
  const auto got = user.ask(user.to(server));
  EXPECT_EQ(got->status, 500);
  EXPECT_EQ(got->body.size(), 64u << 10);
}

TEST(http, refuses_a_body_over_the_limit) {
  scripted_server server(
      dialog{asked("GET / HTTP/1.1"), answered("200 OK", std::string(5'000, 'x'))});
  http_user user;
  auto request = user.to(server);
  request.max_bytes = 4'999;
  EXPECT_EQ(user.ask(request).code(), ec::mail_too_large);
}

TEST(http, notes_each_request_in_a_line_without_a_secret) {
  scripted_server server(dialog{C("GET /mails?token=s3cret HTTP/1.1"), C_like("Host: .*"),
                                C_like("Authorization: .*"), C("Accept: */*"), C("X-Key: s3cret"),
                                C(""), answered("200 OK", std::string(1'234, 'x'))});
  http_user user;
  auto request = user.to(server, "/mails?token=s3cret");
  request.heard = std::make_shared<transcript>();
  request.what = "Find";
  request.headers = {"X-Key: s3cret"};
  request.auth = http_auth::basic;
  request.login = "it";
  request.password = "s3cret";
  EXPECT_TRUE(user.ask(request));
  EXPECT_EQ(request.heard->reached(), transcript::step::session);
  const auto lines = request.heard->lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].text.find("GET /mails Find -> 200, 1.2 KB, "), 0u) << lines[0].text;
  EXPECT_TRUE(lines[0].text.ends_with(" ms"));
}

TEST(http, notes_what_became_of_a_request_that_was_refused_or_cut_off) {
  struct {
    dialog said;
    const char* line;
    transcript::step reached;
  } const table[] = {
      {dialog{asked("GET / HTTP/1.1"), answered("401 No", "no")}, "GET / -> 401, 2 bytes, ",
       transcript::step::sign_in},
      {dialog{asked("GET / HTTP/1.1"), answered("500 No", "no")}, "GET / -> 500, 2 bytes, ",
       transcript::step::connect},
      {dialog{asked("GET / HTTP/1.1"), S_raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
              hang_up()},
       "GET / -> connection_lost, ", transcript::step::connect},
  };
  for (const auto& row : table) {
    scripted_server server(row.said);
    http_user user;
    auto request = user.to(server);
    request.heard = std::make_shared<transcript>();
    static_cast<void>(user.ask(request));
    ASSERT_EQ(request.heard->lines().size(), 1u);
    EXPECT_EQ(request.heard->lines()[0].text.find(row.line), 0u);
    EXPECT_EQ(request.heard->reached(), row.reached);
  }
}

TEST(http, refuses_a_header_field_of_two_lines) {
  scripted_server server(dialog{gate("never")});
  http_user user;
  auto request = user.to(server);
  request.headers = {"Authorization: Bearer x\r\nX-Evil: y"};
  EXPECT_EQ(user.ask(request).code(), ec::config_invalid);
  EXPECT_EQ(server.connections(), 0u);
  server.release("never");
}

TEST(http, tells_how_a_connection_ended) {
  const auto half = [](step end) {
    return dialog{asked("GET / HTTP/1.1"),
                  S("HTTP/1.1 200 OK"),
                  S("Content-Length: 10"),
                  S(""),
                  S_raw("hal"),
                  end};
  };
  http_user user;
  {
    scripted_server server(half(hang_up()));
    EXPECT_EQ(user.ask(user.to(server)).code(), ec::connection_lost);
  }
  {
    scripted_server server(half(hang()));
    auto request = user.to(server);
    request.request_timeout = duration{1'000};
    EXPECT_EQ(user.ask(request).code(), ec::timeout);
  }
}

TEST(http, sends_a_request_at_most_once_that_must_not_be_repeated) {
  scripted_server server(dialog{asked("GET /1 HTTP/1.1"), answered("200 OK", "one"),
                                asked("GET /2 HTTP/1.1"), answered("200 OK", "kept")},
                         dialog{asked("GET /2 HTTP/1.1"), hang_up()});
  http_user user;
  EXPECT_EQ(user.ask(user.to(server, "/1"))->body, "one");
  auto request = user.to(server, "/2");
  request.once = true;
  EXPECT_EQ(user.ask(request).code(), ec::connection_lost);
  EXPECT_EQ(server.connections(), 2u) << "the kept one was left alone";
}

TEST(http, tells_when_nothing_of_the_request_went_out) {
  scripted_server silent(dialog{hang()}), closing(dialog{hang_up()}), plain(dialog{S("220 ready")});
  http_user user;
  for (auto* server : {&silent, &closing}) {
    auto request = user.to(*server);
    request.url.insert(4, "s");
    request.connect_timeout = duration{300};
    const auto got = user.ask(request);
    EXPECT_EQ(got.code(), ec::unreachable) << got.error().detail;
  }
  auto request = user.to(plain);
  request.url.insert(4, "s");
  const auto got = user.ask(request);
  EXPECT_EQ(got.code(), ec::tls_failed) << "no TLS there: " << got.error().detail;
}

TEST(http, a_body_taken_in_pieces_waits_for_whoever_takes_it) {
  const std::string big(3u << 20, 'x');
  scripted_server server(dialog{asked("GET / HTTP/1.1"), answered("200 OK", big)});
  http_user user;
  auto request = user.to(server);
  std::atomic<bool> open = false;
  std::atomic<std::size_t> taken = 0, refused = 0;
  request.on_bytes = [&](std::string_view bytes) {
    if (!open) {
      ++refused;
      return false;
    }
    taken += bytes.size();
    return true;
  };
  auto end = user.start(request);
  while (refused == 0) std::this_thread::yield();
  EXPECT_EQ(taken, 0u);
  open = true;
  user.resume();
  const auto got = end.get();
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(taken, big.size());
  EXPECT_EQ(got->body, "");
}

TEST(http, what_was_cancelled_or_destroyed_calls_nobody_back) {
  scripted_server server(dialog{asked("GET / HTTP/1.1"), gate("one"), hang()},
                         dialog{asked("GET / HTTP/1.1"), gate("two"), hang()});
  {
    http_user user;
    auto first = user.start(user.to(server));
    ASSERT_TRUE(server.await("one"));
    user.cancel();
    auto second = user.start(user.to(server));
    ASSERT_TRUE(server.await("two"));
    server.release("one");
    server.release("two");
    EXPECT_EQ(user.ends(), 0);
  }
  SUCCEED() << "and the loop has ended";
}

TEST(http, believes_a_server_only_by_the_authorities_it_was_given) {
  auto& lab = mail_lab::shared();
  http_user user;
  http_request request;
  request.url = "https://localhost:" + std::to_string(lab.port("imaps")) + "/";
  EXPECT_EQ(user.ask(request).code(), ec::tls_failed);
  request.ca_file = lab.ca_file();
  const auto got = user.ask(request);
  EXPECT_FALSE(got) << "it speaks IMAP";
  EXPECT_NE(got.code(), ec::tls_failed);
}

}  // namespace
}  // namespace postroom::channels
