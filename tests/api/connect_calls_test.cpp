#include "api/connect_calls.hpp"

#include <gtest/gtest.h>

#include "api/connect_error.hpp"
#include "api/element_count.hpp"
#include "api/gzip.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::api {
namespace {

using admin::v1::GetCallRequest;
using admin::v1::GetCallResponse;
using steady = std::chrono::steady_clock;

/// One method that gives back its request's text, or an error with violations.
struct connect_calls_test : testing::Test {
  connect_calls calls{10'000, duration{60'000}};
  call_context seen;

  void SetUp() override {
    calls.add("a.B/C",
              make_method<GetCallRequest, GetCallResponse>(
                  [this](const GetCallRequest& r, const call_context& c) { return answer(r, c); }));
  }

  result<GetCallResponse> answer(const GetCallRequest& request, const call_context& context) {
    seen = context;
    if (request.call() == "wrong") {
      context.violate("call", "it is \"wrong\"", "ask for another one");
      context.violate("call.number", "none", "");
      return fail(ec::config_invalid, "two things are wrong");
    }
    if (request.call() == "warned") context.violate("call", "not quite right", "");
    GetCallResponse response;
    response.mutable_call()->set_text(request.call());
    return response;
  }

  static http_request request(std::string body, std::map<std::string, std::string> headers = {}) {
    http_request in;
    in.method = "POST";
    in.path = "/a.B/C";
    in.content_type = "application/json";
    in.headers = std::move(headers);
    in.body = std::move(body);
    in.peer = "192.0.2.1:4711";
    in.received = steady::now();
    return in;
  }

  http_response ask(http_request in) const {
    auto verdict = calls.look(in);
    in.max_body = verdict.max_body;
    return verdict.refusal ? *verdict.refusal : calls.answer(in);
  }
};

std::string header(const http_response& out, const std::string& name) {
  for (const auto& [key, value] : out.headers)
    if (key == name) return value;
  return "";
}

bool says(const http_response& out, const std::string& part) {
  return out.body.find(part) != std::string::npos;
}

}  // namespace

TEST_F(connect_calls_test, a_handler_learns_what_is_known_of_its_caller) {
  auto in = request("{}", {{"authorization", "Bearer x"}, {"connect-protocol-version", "1"}});
  in.client_certificate = "CN=a";
  EXPECT_EQ(ask(in).status, 200);
  EXPECT_EQ(seen.method, "a.B/C");
  EXPECT_EQ(seen.peer, "192.0.2.1:4711");
  EXPECT_EQ(seen.authorization, "Bearer x");
  EXPECT_EQ(seen.client_certificate, "CN=a");
  EXPECT_FALSE(seen.uid);
}

TEST_F(connect_calls_test, the_deadline_counts_from_the_end_of_the_request) {
  auto in = request("{}", {{"connect-timeout-ms", "1234"}});
  EXPECT_EQ(ask(in).status, 200);
  EXPECT_EQ(seen.deadline, in.received + duration{1234});
  EXPECT_EQ(ask(request("{}", {{"connect-timeout-ms", "9999999999"}})).status, 200);
  in = request("{}");
  EXPECT_EQ(ask(in).status, 200);
  EXPECT_EQ(seen.deadline, in.received + duration{60'000});
}

TEST_F(connect_calls_test, a_deadline_that_is_over_is_not_begun) {
  auto in = request("{}", {{"connect-timeout-ms", "1000"}});
  in.received -= duration{1001};
  const auto out = ask(in);
  EXPECT_EQ(out.status, 504);
  EXPECT_TRUE(says(out, R"("code":"deadline_exceeded")"));
  EXPECT_EQ(seen.method, "");
}

TEST_F(connect_calls_test, a_timeout_that_is_no_positive_number_of_ten_digits_is_refused) {
  for (const auto* value : {"", "0", "-1", "+1", "1.5", "1s", " 1", "10000000000", "0x10", "000"}) {
    const auto out = ask(request("{}", {{"connect-timeout-ms", value}}));
    EXPECT_EQ(out.status, 400) << value;
    EXPECT_TRUE(says(out, "Connect-Timeout-Ms")) << value;
  }
}

TEST_F(connect_calls_test, another_version_of_the_protocol_is_refused) {
  EXPECT_EQ(ask(request("{}", {{"connect-protocol-version", "2"}})).status, 400);
}

TEST_F(connect_calls_test, a_packed_request_is_unpacked_and_an_empty_one_left_alone) {
  const std::map<std::string, std::string> packed{{"content-encoding", "gzip"}};
  EXPECT_TRUE(says(ask(request(gzip(R"({"call":"x"})"), packed)), R"("text":"x")"));
  EXPECT_EQ(ask(request("{}", packed)).status, 400);
  auto empty = request("", packed);
  empty.content_type = "application/proto";
  EXPECT_EQ(ask(empty).status, 200);
  EXPECT_EQ(ask(request("{}", {{"content-encoding", "identity"}})).status, 200);
}

TEST_F(connect_calls_test, a_bomb_is_too_large) {
  const auto out = ask(request(gzip(std::string(1u << 20, ' ')), {{"content-encoding", "gzip"}}));
  EXPECT_EQ(out.status, 413);
  EXPECT_TRUE(says(out, R"("code":"resource_exhausted")"));
}

TEST_F(connect_calls_test, an_unknown_encoding_is_unimplemented_and_the_known_ones_are_told) {
  for (const auto* encoding : {"br", "zstd", "gzip, gzip", "GZIP"}) {
    const auto out = ask(request("{}", {{"content-encoding", encoding}}));
    EXPECT_EQ(out.status, 501) << encoding;
    EXPECT_TRUE(says(out, R"("code":"unimplemented")"));
    EXPECT_EQ(header(out, "Accept-Encoding"), "gzip, identity");
  }
}

TEST_F(connect_calls_test, an_answer_is_packed_when_it_is_wanted_and_worth_it) {
  const auto large = R"({"call":")" + std::string(2000, 'x') + "\"}";
  const auto out = ask(request(large, {{"accept-encoding", "br, gzip"}}));
  EXPECT_EQ(header(out, "Content-Encoding"), "gzip");
  EXPECT_LT(out.body.size(), 200u);
  const auto plain = gunzip(out.body, 10'000);
  ASSERT_TRUE(plain);
  EXPECT_NE(plain->find(std::string(2000, 'x')), std::string::npos);
  EXPECT_EQ(header(ask(request(large)), "Content-Encoding"), "");
  EXPECT_EQ(header(ask(request(large, {{"accept-encoding", "gzip;q=0"}})), "Content-Encoding"), "");
  EXPECT_EQ(header(ask(request("{}", {{"accept-encoding", "gzip"}})), "Content-Encoding"), "");
}

TEST_F(connect_calls_test, an_error_tells_which_fields_are_wrong) {
  const auto out = ask(request(R"({"call":"wrong"})"));
  EXPECT_EQ(out.status, 400);
  EXPECT_TRUE(says(out, R"("type":"postroom.admin.v1.FieldViolations")")) << out.body;
  EXPECT_FALSE(says(out, "=\"")) << "base64 is not padded: " << out.body;
  std::vector<field_violation> back;
  const auto e = parse_connect_error(out.status, out.body, header(out, error_header), &back);
  EXPECT_EQ(e.code, ec::config_invalid);
  EXPECT_EQ(e.detail, "two things are wrong");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].field, "call");
  EXPECT_EQ(back[0].problem, "it is \"wrong\"");
  EXPECT_EQ(back[0].remedy, "ask for another one");
  EXPECT_EQ(back[1].field, "call.number");
}

TEST_F(connect_calls_test, without_an_error_violations_are_not_told) {
  EXPECT_FALSE(says(ask(request(R"({"call":"warned"})")), "not quite right"));
}

TEST_F(connect_calls_test, field_names_of_the_schema_and_of_json_are_understood) {
  calls.add("a.B/C", make_method<admin::v1::ListCallsRequest, GetCallResponse>(
                         [](const admin::v1::ListCallsRequest& r, const call_context&) {
                           GetCallResponse response;
                           response.mutable_call()->set_text(r.page_token());
                           return result<GetCallResponse>{response};
                         }));
  EXPECT_TRUE(says(ask(request(R"({"page_token":"x"})")), R"("text":"x")"));
  EXPECT_TRUE(says(ask(request(R"({"pageToken":"x"})")), R"("text":"x")"));
}

TEST(error_details, those_of_other_types_and_damaged_ones_are_passed_over) {
  for (const auto* detail : {R"({"type":"google.rpc.ErrorInfo","value":"CgA"})",
                             R"({"type":"postroom.admin.v1.FieldViolations","value":"!"})",
                             R"({"type":"postroom.admin.v1.FieldViolations","value":"//8"})",
                             R"("text")", "7", R"({"type":"postroom.admin.v1.FieldViolations"})"}) {
    std::vector<field_violation> back;
    const auto body =
        std::string{R"({"code":"internal","message":"m","details":[)"} + detail + "]}";
    EXPECT_EQ(parse_connect_error(500, body, "", &back).detail, "m") << detail;
    EXPECT_TRUE(back.empty()) << detail;
  }
}

TEST_F(connect_calls_test, the_guard_sees_the_head_and_what_it_refuses_is_not_called) {
  calls.guard([](const call_context& c) -> result<body_bound> {
    if (c.authorization != "Bearer x")
      return fail(ec::unauthenticated, "who calls " + c.method + " from " + c.peer + "?");
    return body_bound{20};
  });
  const auto out = ask(request("{}"));
  EXPECT_EQ(out.status, 401);
  EXPECT_TRUE(says(out, R"("code":"unauthenticated")"));
  EXPECT_TRUE(says(out, "who calls a.B/C from 192.0.2.1:4711?"));
  EXPECT_EQ(header(out, error_header), "unauthenticated");
  EXPECT_EQ(seen.method, "");
  EXPECT_EQ(ask(request("{}", {{"authorization", "Bearer x"}})).status, 200);
}

TEST_F(connect_calls_test, what_the_guard_allows_bounds_the_unpacked_body_as_well) {
  calls.guard([](const call_context&) -> result<body_bound> { return body_bound{100}; });
  const std::map<std::string, std::string> packed{{"content-encoding", "gzip"}};
  EXPECT_EQ(ask(request(gzip("{}" + std::string(98, ' ')), packed)).status, 200);
  EXPECT_EQ(ask(request(gzip("{}" + std::string(99, ' ')), packed)).status, 413);
}

TEST_F(connect_calls_test, a_method_whose_body_may_not_be_packed_says_so) {
  calls.guard([](const call_context&) -> result<body_bound> { return body_bound{100, false}; });
  const auto out = ask(request(gzip("{}"), {{"content-encoding", "gzip"}}));
  EXPECT_EQ(out.status, 501);
  EXPECT_EQ(header(out, "Accept-Encoding"), "identity");
  EXPECT_EQ(ask(request("{}", {{"content-encoding", "identity"}})).status, 200);
}

/// Each costs two or three bytes here, none when packed, and a hundred in memory.
TEST_F(connect_calls_test, a_body_of_too_many_values_is_refused_in_either_form_before_decoding) {
  connect_calls large{4u << 20, duration{60'000}};
  std::size_t decoded = 0;
  large.add("a.B/C", make_method<admin::v1::CheckRequest, GetCallResponse>(
                         [&](const admin::v1::CheckRequest& r, const call_context&) {
                           decoded = static_cast<std::size_t>(r.partitions_size());
                           return result<GetCallResponse>{GetCallResponse{}};
                         }));
  const auto send = [&](const std::string& type, const std::string& body) {
    auto in = request(gzip(body), {{"content-encoding", "gzip"}});
    in.content_type = type;
    in.max_body = large.look(in).max_body;
    return large.answer(in);
  };
  admin::v1::CheckRequest r;
  for (std::size_t i = 0; i < max_elements; ++i) r.add_partitions();
  EXPECT_EQ(send("application/proto", r.SerializeAsString()).status, 200);
  EXPECT_EQ(decoded, max_elements);
  r.add_partitions();
  for (const auto& [type, body] :
       {std::pair<std::string, std::string>{"application/proto", r.SerializeAsString()},
        {"application/json", R"({"partitions":[)" + std::string(max_elements * 2, ',') + "]}"}}) {
    decoded = 0;
    const auto out = send(type, body);
    EXPECT_EQ(out.status, 400) << type;
    EXPECT_TRUE(says(out, R"("code":"invalid_argument")")) << out.body;
    EXPECT_TRUE(says(out, "more than 500000 values")) << out.body;
    EXPECT_EQ(decoded, 0U) << type;
  }
}

/// A parser that follows every level would run out of stack.
TEST_F(connect_calls_test, deep_nesting_is_refused_in_either_form) {
  const auto nested = [](std::string_view open, std::string_view close, int levels) {
    std::string out = R"({"unknown":)";
    for (int i = 0; i < levels; ++i) out += open;
    for (int i = 0; i < levels; ++i) out += close;
    return out + "}";
  };
  EXPECT_EQ(ask(request(nested("[", "]", 1000))).status, 400);
  EXPECT_EQ(ask(request(nested(R"({"a":)", "}", 1000))).status, 400);
  auto in = request(std::string(3000, '\x0b'));  // groups in groups, of field 1
  in.content_type = "application/proto";
  EXPECT_EQ(ask(in).status, 400);
}

}  // namespace postroom::api
