#include "api/element_count.hpp"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "postroom/admin/v1/trials.pb.h"

namespace postroom::api {
namespace {

using admin::v1::ApplyRequest;
using admin::v1::TestOutgoingRequest;

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::size_t fields_of_apply(const std::string& body) {
  return binary_elements(body, *ApplyRequest::descriptor());
}

}  // namespace

TEST(element_count, of_json_is_no_less_than_the_values_in_it) {
  struct row {
    std::string body;
    std::size_t count;
  };
  for (const auto& [body, count] :
       std::vector<row>{{"", 1},
                        {"7", 1},
                        {"{}", 2},
                        {R"({"a":"x"})", 2},
                        {R"({"a":"x","b":[]})", 4},
                        {R"({"a":["x","y","z"]})", 5},
                        {R"({"a":[{},{},{}]})", 8},
                        {R"({a:'x',b:'y'})", 3},         // the parser takes names without quotes
                        {R"({"a":"{[,,,]}"})", 2},       // no values, but a text
                        {R"({"a":'",",",'})", 2},        // in the other quotes
                        {R"({"a":"\",\",","b":1})", 3},  // quotes in a text
                        {R"({"a":"\\","b":"\\"})", 3},   // the end of a text behind a backslash
                        {R"({"a":"open, [ { , and so on)", 2},  // breaks off in a text
                        {R"({"a":"\)", 2},                      // and in an escape
                        {"{\"a\":[" + repeated("1,", 10), 13},  // and in a list
                        {"{\"a\":\"\xc3\xa4,\xff,\"}", 2}})     // bytes above ASCII are text
    EXPECT_EQ(json_elements(body), count) << body;
}

TEST(element_count, of_binary_is_every_field_known_or_not_at_any_depth) {
  ApplyRequest two;
  two.add_partitions()->add_people()->add_addresses("a@example.org");
  two.add_partitions();
  struct row {
    std::string body;
    std::size_t count;
  };
  for (const auto& [body, count] : std::vector<row>{
           {"", 0},
           {two.SerializeAsString(), 4},
           {std::string("\x98\x06\x01", 3), 1},              // unknown number
           {std::string("\x9a\x06\x02\x0a\x00", 5), 1},      // unknown text or message
           {std::string("\x9b\x06\x08\x01\x9c\x06", 6), 2},  // unknown group with a field
           {std::string("\x9d\x06\x01\x02\x03\x04", 6), 1},  // unknown fixed32
           {std::string("\x99\x06\x01\x02\x03\x04\x01\x02\x03\x04", 10), 1}})
    EXPECT_EQ(fields_of_apply(body), count) << testing::PrintToString(body);
}

TEST(element_count, of_binary_stops_where_the_parser_does) {
  const auto deep = [](std::size_t levels) { return repeated("\x9b\x06", levels); };
  EXPECT_EQ(fields_of_apply(deep(1'000)), 101U) << "levels";
  const auto more = repeated(std::string("\x9a\x06\0", 3), 9);
  for (const auto& broken : std::vector<std::string>{
           "\x9a\x06\x7f",                                          // longer than all that follows
           "\x9a\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",  // no length
           "\x9c\x06",                                              // the end of no group
           "\x9f\x06",                                              // no wire type
           std::string(1, '\0')}) {                                 // no field
    ApplyRequest r;
    EXPECT_FALSE(r.ParseFromString(broken + more)) << testing::PrintToString(broken);
    EXPECT_LE(fields_of_apply(broken + more), 1U) << testing::PrintToString(broken);
  }
}

TEST(element_count, stops_counting_above_the_bound) {
  EXPECT_EQ(json_elements(repeated("[", 1'000), 10), 11U);
  TestOutgoingRequest r;
  for (int i = 0; i < 1'000; ++i) r.add_to("");
  EXPECT_EQ(binary_elements(r.SerializeAsString(), *TestOutgoingRequest::descriptor(), 10), 11U);
}

}  // namespace postroom::api
