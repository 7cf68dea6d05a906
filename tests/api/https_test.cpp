#include <arpa/inet.h>

#include <csignal>
#include <fstream>

#include "api/connect_client.hpp"
#include "tests/api/certificates.hpp"
#include "tests/api/fixture.hpp"
#include "tests/api/tls_talk.hpp"

namespace postroom::api {
namespace {

using admin::v1::GetCallRequest;
using admin::v1::GetCallResponse;
constexpr const char* get = "postroom.admin.v1.CallsService/Get";
constexpr const char* get_path = "/postroom.admin.v1.CallsService/Get";

/// A server with HTTPS whose one method answers with what it knows of its caller.
struct https_test : server_test {
  authority ca{folder.path, "ca"};
  authority other_ca{folder.path, "other"};
  std::unique_ptr<connect_server> server;

  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // for the test's own writes
    ca.issue({"server", "localhost", "DNS:localhost,IP:127.0.0.1"});
    ca.issue({"client", "Kim, of IT"});
    other_ca.issue({"stranger", "stranger"});
  }

  https_options https() const {
    return {.listen = "127.0.0.1:0",
            .tls = {.certificate_file = ca.file("server.pem"), .key_file = ca.file("server.key")}};
  }

  result<void> start(https_options how) {
    auto o = options();
    o.https = std::move(how);
    return start(std::move(o));
  }

  result<void> start(connect_options o) {
    server = std::make_unique<connect_server>(std::move(o));
    server->add<GetCallRequest, GetCallResponse>(
        get, [](const GetCallRequest&, const call_context& c) -> result<GetCallResponse> {
          GetCallResponse response;
          response.mutable_call()->set_subject(c.client_certificate);
          response.mutable_call()->set_status(c.authorization);
          response.mutable_call()->set_text(c.uid ? "somebody here" : c.peer);
          return response;
        });
    server->add_page("/page", {"GET", 0, [](const http_request& in) {
                                 return http_response{200, "text/plain", "query " + in.query, {}};
                               }});
    return server->start();
  }

  https_options with_clients(client_certificate wanted) const {
    auto how = https();
    how.tls.client_ca_file = ca.file("ca.pem");
    how.tls.clients = wanted;
    return how;
  }

  tls_wish wish() const {
    tls_wish w;
    w.ca_file = ca.file("ca.pem");
    return w;
  }
  tls_wish wish_as(const authority& by, const std::string& name) const {
    auto w = wish();
    w.certificate_file = by.file(name + ".pem");
    w.key_file = by.file(name + ".key");
    return w;
  }
  std::string ask(const tls_wish& w) const {
    return tls_talk{server->https_port(), w}.ask(post(get_path, "application/json", "{}"));
  }
  https_target target() const {
    return {.host = "127.0.0.1", .port = server->https_port(), .ca_file = ca.file("ca.pem")};
  }
  result<GetCallResponse> call(const https_target& to) const {
    return connect_client{to, duration{10'000}}.call<GetCallResponse>(get, GetCallRequest{});
  }
};

}  // namespace

TEST_F(https_test, the_client_calls_with_a_token_and_the_server_knows_no_uid) {
  ASSERT_TRUE(start(https()));
  auto to = target();
  to.token = "secret";
  const auto answer = call(to);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->call().status(), "Bearer secret");
  EXPECT_EQ(answer->call().text().find("127.0.0.1:"), 0u);
}

TEST_F(https_test, a_page_answers_its_own_method_over_https_alone) {
  ASSERT_TRUE(start(https()));
  const auto get_page = [](const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  const auto ask_page = [&](const std::string& request) {
    return tls_talk{server->https_port(), wish()}.ask(request);
  };
  const auto answer = ask_page(get_page("/page?code=a%2Fb&state=" + std::string(3'000, 's')));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("query code=a%2Fb&state=s"), std::string::npos);
  EXPECT_EQ(status_of(ask_page(get_page("/page"))), 200);
  EXPECT_EQ(status_of(ask_page(get_page("/page/x"))), 404);
  EXPECT_EQ(status_of(ask_page(post("/page", "text/plain", ""))), 405);
  EXPECT_EQ(status_of(talk(get_page("/page"))), 404);
}

TEST_F(https_test, the_socket_works_beside_it_and_tells_the_uid) {
  ASSERT_TRUE(start(https()));
  const auto answer = connect_client{path}.call<GetCallResponse>(get, GetCallRequest{});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->call().text(), "somebody here");
}

TEST_F(https_test, the_client_refuses_a_server_of_another_authority) {
  ASSERT_TRUE(start(https()));
  auto to = target();
  to.ca_file = ca.file("other.pem");
  EXPECT_EQ(call(to).code(), ec::tls_failed);
  to.ca_file.clear();  // the system's list
  EXPECT_EQ(call(to).code(), ec::tls_failed);
}

TEST_F(https_test, the_client_refuses_a_certificate_for_another_host) {
  ca.issue({"elsewhere", "localhost", "DNS:elsewhere.example.org"});
  auto how = https();
  how.tls.certificate_file = ca.file("elsewhere.pem");
  how.tls.key_file = ca.file("elsewhere.key");
  ASSERT_TRUE(start(how));
  EXPECT_EQ(call(target()).code(), ec::tls_failed);
  auto by_name = target();
  by_name.host = "localhost";
  const auto refused = call(by_name);
  EXPECT_EQ(refused.code(), ec::tls_failed);
  EXPECT_NE(refused.error().detail.find("ostname mismatch"), std::string::npos)
      << refused.error().text();
}

TEST_F(https_test, the_client_says_which_of_its_files_is_wrong) {
  ASSERT_TRUE(start(https()));
  auto to = target();
  to.ca_file = ca.file("server.key");
  EXPECT_EQ(call(to).code(), ec::config_invalid);
  EXPECT_NE(call(to).error().detail.find("server.key"), std::string::npos);
}

TEST_F(https_test, versions_1_2_and_1_3_are_spoken_and_older_ones_refused) {
  ASSERT_TRUE(start(https()));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto w = wish();
    w.min_version = w.max_version = version;
    EXPECT_EQ(status_of(ask(w)), 200) << version;
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    auto w = wish();
    w.min_version = w.max_version = version;
    EXPECT_EQ(ask(w), "") << version;
  }
}

TEST_F(https_test, ciphers_without_forward_secrecy_or_authentication_are_refused) {
  ASSERT_TRUE(start(https()));
  for (const auto& [cipher, good] :
       {std::pair{"ECDHE-ECDSA-AES128-GCM-SHA256", true},
        std::pair{"ECDHE-ECDSA-AES128-SHA256", false}, std::pair{"AES128-GCM-SHA256", false}}) {
    auto w = wish();
    w.max_version = TLS1_2_VERSION;
    w.ciphers = cipher;
    EXPECT_EQ(ask(w) != "", good) << cipher;
  }
}

TEST_F(https_test, http_1_1_is_the_one_protocol_offered) {
  ASSERT_TRUE(start(https()));
  auto w = wish();
  w.protocols = "\x02h2\x08http/1.1";
  EXPECT_EQ(status_of(ask(w)), 200);
  w.protocols = "\x02h2";
  EXPECT_EQ(ask(w), "");
}

TEST_F(https_test, renegotiation_is_refused) {
  ASSERT_TRUE(start(https()));
  auto w = wish();
  w.max_version = TLS1_2_VERSION;
  tls_talk talk{server->https_port(), w};
  ASSERT_TRUE(talk.open());
  SSL_renegotiate(talk.ssl());
  EXPECT_NE(status_of(talk.ask(post(get_path, "application/json", "{}"))), 200);
}

TEST_F(https_test, a_client_that_does_not_speak_tls_is_dropped_and_others_are_served) {
  ASSERT_TRUE(start(https()));
  const auto fd = connect_tcp("127.0.0.1", server->https_port(), duration{10'000});
  ASSERT_TRUE(fd);
  send_all(fd->get(), post(get_path, "application/json", "{}"));
  EXPECT_NE(status_of(read_all(fd->get())), 200);
  EXPECT_EQ(status_of(ask(wish())), 200);
}

TEST_F(https_test, a_handshake_that_never_ends_is_dropped_in_time) {
  auto o = options();
  o.https = https();
  o.head_limit = duration{50};
  ASSERT_TRUE(start(std::move(o)));
  const auto fd = connect_tcp("127.0.0.1", server->https_port(), duration{10'000});
  ASSERT_TRUE(fd);
  send_all(fd->get(), std::string("\x16\x03\x01\x02", 4));  // the beginning of a record
  EXPECT_EQ(read_all(fd->get()), "");
}

TEST_F(https_test, a_required_client_certificate_is_wanted_and_its_subject_told) {
  ASSERT_TRUE(start(with_clients(client_certificate::required)));
  EXPECT_EQ(ask(wish()), "");
  EXPECT_EQ(ask(wish_as(other_ca, "stranger")), "");
  auto to = target();
  to.certificate_file = ca.file("client.pem");
  to.key_file = ca.file("client.key");
  const auto answer = call(to);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->call().subject(), "CN=Kim\\, of IT,O=Example");
}

TEST_F(https_test, an_optional_client_certificate_may_be_left_out_but_not_be_wrong) {
  ASSERT_TRUE(start(with_clients(client_certificate::optional)));
  EXPECT_EQ(status_of(ask(wish())), 200);
  EXPECT_EQ(ask(wish()).find("CN="), std::string::npos);
  EXPECT_NE(ask(wish_as(ca, "client")).find("CN=Kim"), std::string::npos);
  EXPECT_EQ(ask(wish_as(other_ca, "stranger")), "");
}

TEST_F(https_test, a_client_certificate_that_has_expired_is_refused) {
  ca.issue({"late", "late", nullptr, -7200, -3600});
  ASSERT_TRUE(start(with_clients(client_certificate::required)));
  EXPECT_EQ(ask(wish_as(ca, "late")), "");
}

TEST_F(https_test, without_the_setting_no_client_certificate_counts) {
  ASSERT_TRUE(start(https()));
  EXPECT_EQ(ask(wish_as(ca, "client")).find("CN="), std::string::npos);
}

TEST_F(https_test, certificates_are_read_anew_and_wrong_ones_change_nothing) {
  ASSERT_TRUE(start(https()));
  EXPECT_EQ(status_of(ask(wish())), 200);
  other_ca.issue({"server", "localhost", "DNS:localhost,IP:127.0.0.1"});  // the same files
  ASSERT_TRUE(server->reload_certificates());
  EXPECT_EQ(ask(wish()), "");
  auto w = wish();
  w.ca_file = ca.file("other.pem");
  EXPECT_EQ(status_of(ask(w)), 200);
  std::ofstream{ca.file("server.pem")} << "nothing";
  EXPECT_EQ(server->reload_certificates().code(), ec::config_invalid);
  EXPECT_EQ(status_of(ask(w)), 200);
}

TEST_F(https_test, each_wrong_file_is_named_by_its_setting_with_a_remedy) {
  ca.issue({"late", "localhost", "DNS:localhost", -7200, -3600});
  ca.issue({"early", "localhost", "DNS:localhost", 3600, 7200});
  std::ofstream{ca.file("empty.pem")} << "";
  struct wrong {
    const char *certificate, *key, *client_ca, *names, *says;
  };
  for (const auto& w : {
           wrong{"none.pem", "server.key", "ca.pem", "certificate_file", "No such file"},
           wrong{"empty.pem", "server.key", "ca.pem", "certificate_file", "no certificate chain"},
           wrong{"late.pem", "late.key", "ca.pem", "certificate_file", "has expired"},
           wrong{"early.pem", "early.key", "ca.pem", "certificate_file", "not valid yet"},
           wrong{"server.pem", "none.key", "ca.pem", "key_file", "No such file"},
           wrong{"server.pem", "server.pem", "ca.pem", "key_file", "no usable private key"},
           wrong{"server.pem", "client.key", "ca.pem", "key_file", "does not belong"},
           wrong{"server.pem", "server.key", "empty.pem", "client_ca_file", "no certificate"},
       }) {
    auto how = with_clients(client_certificate::required);
    how.tls.certificate_file = ca.file(w.certificate);
    how.tls.key_file = ca.file(w.key);
    how.tls.client_ca_file = ca.file(w.client_ca);
    const auto r = start(how);
    ASSERT_EQ(r.code(), ec::config_invalid) << w.names << w.says;
    const auto& detail = r.error().detail;
    EXPECT_EQ(detail.find(std::string{"admin_tls."} + w.names + ": "), 0u) << detail;
    EXPECT_NE(detail.find(w.says), std::string::npos) << detail;
    EXPECT_NE(detail.find("; "), std::string::npos) << detail;
  }
}

TEST_F(https_test, one_address_cannot_hold_all_connections) {
  auto o = options();
  o.https = https();
  o.max_per_address = 2;
  ASSERT_TRUE(start(std::move(o)));
  const auto connected = [&](const char* from) {
    unique_fd fd{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in here{}, there{};
    here.sin_family = there.sin_family = AF_INET;
    here.sin_addr.s_addr = ::inet_addr(from);
    there.sin_addr.s_addr = ::inet_addr("127.0.0.1");
    there.sin_port = htons(server->https_port());
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&there), sizeof there), 0);
    return fd;
  };
  const auto is_dropped = [](const unique_fd& fd, int wait_ms) {
    pollfd p{fd.get(), POLLIN, 0};
    char byte = 0;
    return ::poll(&p, 1, wait_ms) == 1 && ::recv(fd.get(), &byte, 1, 0) == 0;
  };
  const auto one = connected("127.0.0.2");
  auto two = connected("127.0.0.2");
  const auto three = connected("127.0.0.2");
  EXPECT_TRUE(is_dropped(three, 10'000));
  EXPECT_EQ(status_of(ask(wish())), 200) << "another address";
  EXPECT_FALSE(is_dropped(one, 0) || is_dropped(two, 0));
  two = {};
  EXPECT_FALSE(is_dropped(connected("127.0.0.2"), 300)) << "there is a place again";
}

TEST_F(https_test, a_kept_connection_gives_way_to_another_one_of_its_address) {
  auto o = options();
  o.https = https();
  o.max_per_address = 1;
  ASSERT_TRUE(start(std::move(o)));
  tls_talk first{server->https_port(), wish()};
  EXPECT_EQ(status_of(first.ask(post(get_path, "application/json", "{}"))), 200);
  EXPECT_EQ(status_of(ask(wish())), 200);
}

TEST_F(https_test, an_answer_of_twenty_megabytes_arrives_whole_over_tls) {
  auto o = options();
  o.https = https();
  connect_server large{std::move(o)};
  large.add<admin::v1::GetRawRequest, admin::v1::GetRawResponse>(
      raw_method + 1, [](const auto& r, const call_context&) -> result<admin::v1::GetRawResponse> {
        admin::v1::GetRawResponse response;
        response.set_raw(std::string(r.mail(), 'x') + r.partition());
        return response;
      });
  ASSERT_TRUE(large.start());
  admin::v1::GetRawRequest request;
  request.set_mail(20u << 20);
  request.set_partition(std::string(5u << 20, 'y'));
  https_target to{.host = "127.0.0.1", .port = large.https_port(), .ca_file = ca.file("ca.pem")};
  const auto answer = connect_client{to}.call<admin::v1::GetRawResponse>(raw_method + 1, request);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->raw().size(), 25u << 20);
}

}  // namespace postroom::api
