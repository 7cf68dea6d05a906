#include "api/connect_error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace postroom::api {

TEST(connect_error, every_code_of_ours_has_a_code_of_the_protocol_with_its_own_http_status) {
  const std::map<std::string_view, int> protocol = {{"canceled", 499},
                                                    {"invalid_argument", 400},
                                                    {"deadline_exceeded", 504},
                                                    {"not_found", 404},
                                                    {"already_exists", 409},
                                                    {"resource_exhausted", 429},
                                                    {"failed_precondition", 400},
                                                    {"aborted", 409},
                                                    {"unimplemented", 501},
                                                    {"internal", 500},
                                                    {"unavailable", 503},
                                                    {"unauthenticated", 401},
                                                    {"permission_denied", 403},
                                                    {"data_loss", 500}};
  for (std::size_t i = 1; i < ec_count; ++i) {
    const auto code = connect_code_of(static_cast<ec>(i));
    const auto row = protocol.find(code.name);
    ASSERT_NE(row, protocol.end()) << code.name;
    EXPECT_EQ(code.http_status, row->second) << code.name;
  }
}

TEST(connect_error, our_own_code_survives_the_way_there_and_back) {
  for (std::size_t i = 1; i < ec_count; ++i) {
    const auto code = static_cast<ec>(i);
    const auto wire = connect_code_of(code);
    const auto back = parse_connect_error(wire.http_status, render_connect_error(wire.name, "why"),
                                          to_string(code));
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.detail, "why");
  }
}

TEST(connect_error, a_message_with_quotes_and_control_characters_stays_one_json_string) {
  const auto json = render_connect_error("internal", "a \"b\"\n\x1b[31m");
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(parse_connect_error(500, json, "").detail, "a \"b\"\n\x1b[31m");
}

TEST(connect_error, an_error_of_another_server_is_understood_without_our_header) {
  EXPECT_EQ(parse_connect_error(404, R"({"code":"not_found","message":"m"})", "").code,
            ec::not_found);
  EXPECT_EQ(parse_connect_error(400, R"({"code":"invalid_argument"})", "").code,
            ec::config_invalid);
  EXPECT_EQ(parse_connect_error(500, R"({"code":"surprise"})", "").code, ec::internal);
}

TEST(connect_error, an_answer_that_is_no_connect_error_is_told_by_its_http_status) {
  EXPECT_EQ(parse_connect_error(404, "<html>", "").code, ec::unsupported);
  EXPECT_EQ(parse_connect_error(502, "", "").code, ec::server_busy);
  EXPECT_EQ(parse_connect_error(418, "{}", "").code, ec::internal);
  EXPECT_NE(parse_connect_error(418, "{}", "").detail.find("418"), std::string::npos);
}

}  // namespace postroom::api
