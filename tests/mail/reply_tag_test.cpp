#include "mail/reply_tag.hpp"

#include <gtest/gtest.h>

#include "mail/reply_subject.hpp"

using namespace postroom::mail;
using postroom::call_number;
using postroom::ec;
using postroom::partition_id;

namespace {

const std::string key(32, 'k'), older(32, 'o');
const call_name call{partition_id{"IT"}, call_number{123}};

reply_tags tags(std::vector<std::string> keys = {key}) {
  return *reply_tags::make(std::move(keys));
}

std::optional<subject_reference> found(const std::string& pattern, const std::string& subject) {
  const auto all = reply_subject::make(pattern)->find(subject);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

subject_reference it(uint64_t number) {
  return {partition_id{"IT"}, call_number{number}};
}

}  // namespace

TEST(reply_tag, a_reference_proves_partition_call_and_recipient) {
  const auto ref = tags().sign(call, "ann@example.com");
  EXPECT_TRUE(tags().check(ref, "ann@example.com"));
  EXPECT_TRUE(tags().check(ref, "Ann@Example.COM"));
  EXPECT_FALSE(tags().check(ref, "bob@example.com"));
  EXPECT_FALSE(tags().check({{partition_id{"HR"}, call_number{123}}, ref.tag}, "ann@example.com"));
  EXPECT_FALSE(tags().check({{partition_id{"IT"}, call_number{124}}, ref.tag}, "ann@example.com"));
  EXPECT_FALSE(tags({older}).check(ref, "ann@example.com"));
  auto forged = ref;
  forged.tag.back() = forged.tag.back() == 'a' ? 'e' : 'a';
  EXPECT_FALSE(tags().check(forged, "ann@example.com"));
}

TEST(reply_tag, no_field_can_pass_for_a_part_of_the_next) {
  const auto one = tags().sign({partition_id{"IT"}, call_number{12}}, "3@example.com");
  const auto two = tags().sign({partition_id{"IT"}, call_number{123}}, "@example.com");
  EXPECT_NE(one.tag, two.tag);
}

TEST(reply_tag, former_keys_still_check_and_the_first_signs) {
  const auto before = tags({older}).sign(call, "ann@example.com");
  const auto both = tags({key, older});
  EXPECT_TRUE(both.check(before, "ann@example.com"));
  EXPECT_EQ(both.sign(call, "ann@example.com"), tags().sign(call, "ann@example.com"));
}

TEST(reply_tag, keys_that_are_missing_or_short_are_refused_with_a_remedy) {
  EXPECT_EQ(reply_tags::make({}).code(), ec::config_invalid);
  const auto weak = reply_tags::make({key, "short"});
  ASSERT_EQ(weak.code(), ec::config_invalid);
  EXPECT_NE(weak.error().detail.find("number 2 has 5 bytes"), std::string::npos);
  EXPECT_EQ(weak.error().detail.find("short"), std::string::npos) << "a key is a secret";
}

TEST(reply_tag, a_reference_survives_message_ids_and_addresses_in_any_case) {
  const auto ref = tags().sign(call, "ann@example.com");
  EXPECT_EQ(ref.tag.size(), 26u);
  EXPECT_EQ(find_reference("0a1b2c." + render_reference(ref) + "@example.org"), ref);
  EXPECT_EQ(find_reference(tagged_address("it@example.org", ref)), ref);
  auto low = tagged_address("it@example.org", ref);
  for (auto& c : low) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(find_reference(low), ref);
  auto high = low;
  for (auto& c : high) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(find_reference(high), ref);
  const call_name hyphens{partition_id{"A-B-1"}, call_number{7}};
  EXPECT_EQ(find_reference(render_reference(tags().sign(hyphens, "x")))->call, hyphens);
}

TEST(reply_tag, what_is_no_reference_is_none) {
  const std::string tag(26, 'a');
  for (const std::string& text :
       {std::string{}, std::string{"IT-000123@example.org"}, "IT-000123." + tag + "a@x",
        "IT-000123." + tag.substr(1) + "@x", "IT-0." + tag + "@x", "-1." + tag + "@x",
        "IT." + tag + "@x", "IT-1." + std::string(26, '1') + "@x", "x@IT-000123." + tag,
        "TOOLONGACODEX-1." + tag + "@x", "IT-99999999999999999999." + tag + "@x"})
    EXPECT_FALSE(find_reference(text)) << text;
}

TEST(reply_tag, an_address_whose_local_part_would_be_too_long_is_not_tagged) {
  const auto ref = tags().sign(call, "ann@example.com");
  EXPECT_EQ(tagged_address(std::string(27, 'a') + "@example.org", ref).find('@'), 64u);
  EXPECT_EQ(tagged_address(std::string(28, 'a') + "@example.org", ref), "");
  EXPECT_EQ(tagged_address("nobody", ref), "");
}

TEST(reply_tag, an_address_without_its_tag_is_what_it_was_made_of) {
  const auto ref = tags().sign(call, "ann@example.com");
  EXPECT_EQ(untagged_address(tagged_address("it@example.org", ref)), "it@example.org");
  EXPECT_EQ(untagged_address(tagged_address("i.t+x@example.org", ref)), "i.t+x@example.org");
  for (const std::string& address :
       {std::string{}, std::string{"it@example.org"}, std::string{"it+news@example.org"},
        "x." + render_reference(ref) + "@example.org", render_reference(ref) + "@example.org"})
    EXPECT_EQ(untagged_address(address), address);
}

TEST(reply_tag, all_references_of_a_mail_are_found_the_nearest_first) {
  auto ref = [](uint64_t n) {
    return tags().sign({partition_id{"IT"}, call_number{n}}, "ann@example.com");
  };
  parsed_mail mail;
  mail.in_reply_to = "x." + render_reference(ref(1)) + "@example.org";
  mail.references = {"x." + render_reference(ref(3)) + "@example.org", "other@example.com",
                     "x." + render_reference(ref(2)) + "@example.org",
                     "x." + render_reference(ref(1)) + "@example.org"};
  mail.cc = {{"IT", tagged_address("it@example.org", ref(4))}};
  EXPECT_EQ(find_references(mail), (std::vector{ref(1), ref(2), ref(3), ref(4)}));
  for (uint64_t n = 10; n < 200; ++n) mail.references.push_back(render_reference(ref(n)) + "@x");
  EXPECT_EQ(find_references(mail).size(), 10u);
}

TEST(reply_subject, the_number_is_found_where_the_pattern_has_it) {
  EXPECT_EQ(found("[{call}]", "Re: [IT-000123] Printer"), it(123));
  EXPECT_EQ(found("[{call}]", "AW: WG: [it-123]"), it(123));
  EXPECT_EQ(found("{call}", "about IT-000123, once more"), it(123));
  EXPECT_EQ(found("[{call}]", "Re: [IT-1] was: [IT-2]"), it(1));
  EXPECT_EQ(found("[{call}]", "[x] [[IT-7]"), it(7));
  EXPECT_EQ(found("Call {number}", "Re: CALL   17: printer"),
            (subject_reference{std::nullopt, call_number{17}}));
}

TEST(reply_subject, every_place_that_fits_is_found_once_and_of_very_many_the_first_ten) {
  const auto in = [](const std::string& subject) {
    std::vector<std::string> out;
    for (const auto& found : reply_subject::make("[{call}]")->find(subject))
      out.push_back(render_call(*found.part, found.number));
    return out;
  };
  EXPECT_EQ(in("[COVID-19] Re: [IT-000001] Printer [it-1] [JIRA-123]"),
            (std::vector<std::string>{"COVID-000019", "IT-000001", "JIRA-000123"}));
  std::string many;
  for (int i = 1; i < 100; ++i) many += "[IT-" + std::to_string(i) + "]";
  EXPECT_EQ(in(many).size(), 10u);
  EXPECT_EQ(in("no call"), std::vector<std::string>{});
}

TEST(reply_subject, what_only_looks_like_it_is_none) {
  for (const char* subject : {"", "Printer", "IT-000123", "[IT-0]", "[IT-]", "[IT-12x]", "[-12]",
                              "[IT-99999999999999999999999]", "(IT-12)"})
    EXPECT_FALSE(found("[{call}]", subject)) << subject;
  EXPECT_FALSE(found("{call}", "XIT-12Y"));
  EXPECT_FALSE(found("Call {number}", "call 12a"));
}

TEST(reply_subject, a_pattern_that_cannot_work_is_refused_with_what_to_write) {
  for (const char* pattern :
       {"", "Call", "[{calls}]", "{call} {number}", "{number}", "}{call}", "{call", "{call}}"}) {
    const auto made = reply_subject::make(pattern);
    ASSERT_EQ(made.code(), ec::config_invalid) << pattern;
    EXPECT_NE(made.error().detail.find("; "), std::string::npos) << made.error().detail;
  }
  EXPECT_EQ(reply_subject::make(std::string(200, 'x') + "{call}").code(), ec::config_invalid);
}
