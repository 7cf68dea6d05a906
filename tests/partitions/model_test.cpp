#include "partitions/model.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"
#include "partitions/text_template.hpp"

using namespace postroom;
using namespace postroom::partitions;

TEST(durations, are_a_whole_number_with_a_unit) {
  const std::pair<const char*, int64_t> rows[] = {{"250ms", 250},      {"30s", 30'000},
                                                  {"5m", 300'000},     {"2h", 7'200'000},
                                                  {"4d", 345'600'000}, {"0s", 0}};
  for (const auto& [text, ms] : rows) EXPECT_EQ(parse_duration(text)->count(), ms) << text;
}

TEST(durations, of_any_other_form_are_refused_with_examples) {
  for (const char* text :
       {"", "30", "s", "1.5h", "-1s", "1 s", " 1s", "1s ", "1S", "1h30m", "1w"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.code(), ec::config_invalid);
    EXPECT_NE(parsed.error().detail.find("30s"), std::string::npos) << parsed.error().detail;
  }
}

TEST(durations, that_overflow_are_refused) {
  for (const char* text :
       {"99999999999999999999s", "9223372036854775807s", "18446744073709551615ms"}) {
    EXPECT_EQ(parse_duration(text).code(), ec::config_invalid) << text;
  }
  EXPECT_EQ(parse_duration("9223372036854775807ms")->count(), INT64_MAX);
}

TEST(sizes, are_a_whole_number_with_or_without_a_unit) {
  const std::pair<const char*, uint64_t> rows[] = {{"1000", 1000},
                                                   {"7B", 7},
                                                   {"512KiB", 524'288},
                                                   {"64MiB", 67'108'864},
                                                   {"1GiB", 1'073'741'824}};
  for (const auto& [text, bytes] : rows) EXPECT_EQ(*parse_size(text), bytes) << text;
}

TEST(sizes, of_any_other_form_are_refused) {
  for (const char* text : {"", "MiB", "1MB", "1.5MiB", "-1", "1 MiB", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(text).code(), ec::config_invalid) << text;
  }
}

TEST(start_from_texts, are_now_all_or_a_day) {
  EXPECT_EQ(parse_start_from("now")->kind, start_kind::now);
  EXPECT_EQ(parse_start_from("all")->kind, start_kind::all);
  const auto day = parse_start_from("2026-11-01");
  ASSERT_TRUE(day);
  EXPECT_EQ(day->kind, start_kind::date);
  EXPECT_EQ(render_time(day->date), "2026-11-01T00:00:00.000Z");
}

TEST(start_from_texts, that_are_no_day_are_refused) {
  for (const char* text : {"", "Now", "2026-02-30", "2026-13-01", "2026-1-1", "01.11.2026",
                           "20a6-11-01", "2026-11-01T00", "-026-11-01"}) {
    EXPECT_EQ(parse_start_from(text).code(), ec::config_invalid) << text;
  }
}

TEST(addresses, fold_to_lower_case_without_blanks_around) {
  EXPECT_EQ(fold_address(" Ana.Lyst@Example.ORG\t"), "ana.lyst@example.org");
  EXPECT_EQ(fold_address("Jürgen@example.org"), "jürgen@example.org");
  EXPECT_EQ(fold_address("JÜRGEN@Bücher.example"), "jürgen@xn--bcher-kva.example");
  EXPECT_EQ(fold_address("ju\u0308rgen@XN--BCHER-KVA.example"), "jürgen@xn--bcher-kva.example");
  EXPECT_EQ(fold_address("Straße@example.org"), "straße@example.org");
  EXPECT_EQ(fold_address("\xFFX@example.org"), "\xFFx@example.org");
  EXPECT_EQ(fold_address(""), "");
}

TEST(model, finds_servers_and_templates_by_their_exact_name) {
  const partition_model m(test::valid_partition(), {}, 7);
  EXPECT_EQ(m.version(), 7u);
  EXPECT_EQ(m.id().value, "IT");
  ASSERT_NE(m.incoming("it-in"), nullptr);
  EXPECT_EQ(m.incoming("it-in")->host(), "mail.example.org");
  EXPECT_EQ(m.incoming("IT-IN"), nullptr);
  ASSERT_NE(m.call_template("Email"), nullptr);
  EXPECT_EQ(m.call_template("email"), nullptr);
}

TEST(model, reads_every_matrix_cell) {
  const partition_model m(test::valid_partition(), {}, 1);
  EXPECT_EQ(m.priority("High", "Urgent"), "1 Critical");
  EXPECT_EQ(m.priority("High", "Normal"), "2 High");
  EXPECT_EQ(m.priority("Low", "Urgent"), "2 High");
  EXPECT_EQ(m.priority("Low", "Normal"), "3 Low");
  EXPECT_EQ(m.priority("Low", "Never"), "");
  EXPECT_EQ(m.priority("None", "Urgent"), "");
}

TEST(model, takes_the_screen_set_of_the_template_before_that_of_status_and_stream) {
  const partition_model m(test::valid_partition(), {}, 1);
  auto t = *m.call_template("Email");
  EXPECT_EQ(m.screen_set(t), "Software incident");
  t.set_stream("Hardware");
  EXPECT_EQ(m.screen_set(t), "");
  t.set_screen_set("Own");
  EXPECT_EQ(m.screen_set(t), "Own");
}

TEST(model, sends_through_the_active_outgoing_server) {
  auto p = test::valid_partition();
  p.mutable_outgoing(0)->set_active(false);
  EXPECT_EQ(partition_model(p, {}, 1).outgoing(), nullptr);
  p.add_outgoing()->set_name("second");
  const partition_model m(p, {}, 1);
  ASSERT_NE(m.outgoing(), nullptr);
  EXPECT_EQ(m.outgoing()->name(), "second");
}

TEST(model, keeps_the_texts_of_its_partition_parsed) {
  auto p = test::valid_partition();
  p.mutable_texts()->mutable_acknowledgement()->set_text("{{call}} is logged");
  auto& closed = *p.mutable_texts()->add_notifications()->mutable_content();
  closed.set_subject("{{call}} closed");
  closed.set_html("<p>{{call}} is closed</p>");
  const partition_model m(p, {}, 1);
  for (const auto* text : {"{{call}} is logged", "{{call}} closed", "<p>{{call}} is closed</p>",
                           "[{{call}}] {{subject}}"})
    EXPECT_TRUE(m.templates().keeps(text)) << text;
  EXPECT_FALSE(m.templates().keeps("{{call}} is open"));
}
