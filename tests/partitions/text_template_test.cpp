#include "partitions/text_template.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace postroom::partitions {
namespace {

constexpr std::string_view known[] = {"call", "user", "text"};

std::string filled(const std::string& text, const text_values& values,
                   text_format format = text_format::plain) {
  return fill_template(text, values, format);
}

std::vector<std::string> problems(const std::string& text) {
  std::vector<std::string> out;
  for (const auto& p : check_template(text, known)) out.push_back(p.what + "; " + p.remedy);
  return out;
}

struct filled_row {
  const char* text;
  const char* plain;
};

TEST(text_template, fills_in_values_sections_and_comments) {
  const text_values values{{"call", "IT-1"}, {"user", "Ann <a&b>"}, {"text", ""}};
  const filled_row rows[] = {
      {"", ""},
      {"no tags {calls} }} { x", "no tags {calls} }} { x"},
      {"{{call}}: {{ user }}", "IT-1: Ann <a&b>"},
      {"{{{user}}}|{{& user}}", "Ann <a&b>|Ann <a&b>"},
      {"{{#user}}Dear {{user}}{{/user}}{{^user}}Hello{{/user}}", "Dear Ann <a&b>"},
      {"[{{text}}]{{#text}}some{{/text}}{{^text}}none{{/text}}", "[]none"},
      {"a{{! not shown }}b", "ab"},
      {"one\n{{#text}}\nnever\n{{/text}}\ntwo\r\nthree", "one\ntwo\r\nthree"},
      {"one\n  {{^text}}  \nshown\n\n{{/text}}\r\ntwo", "one\nshown\n\ntwo"},
      {"{{#user}}\n\n  {{user}}\n{{/user}}\n", "\n  Ann <a&b>\n"},
      {"one\n{{! gone with its line }}\ntwo{{! not }}\n", "one\ntwo\n"},
      {"a {{#text}}x{{/text}}\n{{#user}}b{{/user}}\n {{#text}}{{/text}}\nc", "a \nb\n \nc"},
      {"{{#user}} {{/user}}\n{{{call}}}\n{{call}}", " \nIT-1\nIT-1"},
      {"ä {{call}} ö", "ä IT-1 ö"},
  };
  for (const auto& r : rows) {
    EXPECT_TRUE(problems(r.text).empty()) << r.text;
    EXPECT_EQ(filled(r.text, values), r.plain) << r.text;
  }
}

TEST(text_template, escapes_in_html_whatever_the_tag_asks_for) {
  const text_values values{{"user", "<b>O'Neil & \"x\"</b>\n"}};
  const std::string safe = "&lt;b&gt;O&#39;Neil &amp; &quot;x&quot;&lt;/b&gt;<br>\n";
  for (const auto* tag : {"{{user}}", "{{{user}}}", "{{&user}}", "{{#user}}{{{user}}}{{/user}}"})
    EXPECT_EQ(filled(std::string("<p>") + tag + "</p>", values, text_format::html),
              "<p>" + safe + "</p>")
        << tag;
}

TEST(text_template, never_takes_a_value_for_a_tag) {
  const text_values values{{"user", "{{call}} {{{text}}} {{>x}} {{=<% %>=}}"}, {"call", "IT-1"}};
  EXPECT_EQ(filled("{{user}}|{{call}}", values), "{{call}} {{{text}}} {{>x}} {{=<% %>=}}|IT-1");
}

TEST(text_template, shortens_long_values_until_the_whole_fits) {
  EXPECT_EQ(filled("{{text}}", {{"text", std::string(100'000, 'x')}}).size(), max_text_value);
  std::string many;
  for (std::size_t i = 0; i < max_template_tags; ++i) many += "{{text}}";
  const auto tabs = filled(many, {{"text", std::string(100'000, '\t')}}, text_format::html);
  EXPECT_LE(tabs.size(), max_filled_text);
  EXPECT_GE(tabs.size(), max_filled_text / 4);
  many += std::string((64u << 10) - many.size(), 'y');
  EXPECT_LE(filled(many, {{"text", std::string(100'000, '\t')}}, text_format::html).size(),
            max_filled_text);
}

struct problem_row {
  const char* text;
  const char* problem;
};

TEST(text_template, says_what_is_wrong_and_what_to_write) {
  const std::string names = "; use one of: {{call}}, {{user}}, {{text}}";
  const problem_row rows[] = {
      {"{{number}}", R"("number" is no value that a text may name; use one of: )"},
      {"{{}}", R"("" is no value)"},
      {"{{.}}", R"("." is no value)"},
      {"{{Call}}", R"("Call" is no value)"},
      {"{{user.name}}", R"("user.name" is no value)"},
      {"{{#nobody}}x{{/nobody}}", R"("nobody" is no value)"},
      {"{{{call}} and {{user}}}", R"("call}} and {{user" is no value)"},
      {"{{> footer}}", R"(names the partial "footer"; write its text in place of the tag)"},
      {"{{=<% %>=}}<%call%>", "sets other delimiters; write tags as {{name}}"},
      {"Dear {user}", "{user} is not filled in; write {{user}}"},
      {"{{call}} {Call}", "{Call} is not filled in; write {{call}}"},
      {"{{call", "is no Mustache template: Unclosed tag at 0; end every tag with }}"},
      {"a {{", "is no Mustache template: Unclosed tag at 2"},
      {"{{{call}}", "is no Mustache template: Unclosed tag at 0"},
      {"{{#user}}x", R"(is no Mustache template: Unclosed section "user" at 0)"},
      {"x{{/user}}", R"(is no Mustache template: Unopened section "user" at 1)"},
      {"{{#user}}{{#call}}{{/user}}{{/call}}", "is no Mustache template: Unclosed section"},
  };
  for (const auto& r : rows) {
    const auto found = problems(r.text);
    ASSERT_EQ(found.size(), 1u) << r.text;
    EXPECT_TRUE(found[0].starts_with(r.problem)) << r.text << "\n" << found[0];
  }
  EXPECT_TRUE(problems("{{number}}")[0].ends_with(names));
}

TEST(text_template, leaves_other_braces_alone) {
  for (const auto* text : {"<style>p{color:red} b {call-out: 1}</style>", "{x_y} {number} { call }",
                           "{", "}", "{{call}}}", "} {user", "{user\n}", "{ {{call}} }"})
    EXPECT_TRUE(problems(text).empty()) << text << problems(text)[0];
}

TEST(text_template, names_each_problem_once_and_at_most_ten) {
  EXPECT_EQ(problems("{{a}}{{b}}{{a}} {user} {user}").size(), 3u);
  std::string many;
  for (int i = 0; i < 50; ++i) many += "{{x" + std::to_string(i) + "}}";
  EXPECT_EQ(problems(many).size(), 10u);
}

TEST(text_template, is_bounded_for_texts_made_to_hurt) {
  const std::size_t size = 64u << 10;
  std::string nested;
  while (nested.size() < size) nested += "{{#user}}";
  EXPECT_EQ(problems(nested), std::vector<std::string>{"has more than 100 tags; use fewer"});
  EXPECT_EQ(problems(std::string(size, '{')).size(), 1u);
  EXPECT_TRUE(problems(std::string(size, '\n')).empty());
  EXPECT_TRUE(problems(std::string(size, '}')).empty());
  std::string braces;
  while (braces.size() < size) braces += "{x ";
  EXPECT_TRUE(problems(braces).empty());
}

/// `visit` for every sequence of at most `most` of the words.
template <class Visit>
void every_text(const std::vector<std::string>& words, int most, const std::string& begun,
                const Visit& visit) {
  visit(begun);
  if (most == 0) return;
  for (const auto& word : words) every_text(words, most - 1, begun + word, visit);
}

TEST(text_template, whatever_passes_the_check_is_filled_in_without_a_tag_or_a_raw_value) {
  const text_values values{{"user", "<b>"}, {"call", ""}, {"text", "x"}};
  int fine = 0, wrong = 0;
  every_text({"{{", "}}", "{", "}", "{{#user}}", "{{^user}}", "{{/user}}", "{{!", "{{&",
              "{{=", "{{>", "=", "user", "call", "\n"},
             4, "", [&](const std::string& text) {
               if (!check_template(text, known).empty()) {
                 ++wrong;
                 return;
               }
               ++fine;
               const auto html = fill_template(text, values, text_format::html);
               ASSERT_EQ(html.find("<b>"), std::string::npos) << text;
               ASSERT_EQ(html.find("{{"), std::string::npos) << text;
             });
  EXPECT_GT(fine, 1000);
  EXPECT_GT(wrong, 1000);
}

TEST(parsed_templates, fill_in_a_kept_text_again_and_again_as_if_it_was_parsed_each_time) {
  const std::string text = "Dear {{user}},\n{{#text}}\nyou wrote {{text}}.\n{{/text}}\n{{call}}";
  const parsed_templates kept({text, "no tags"});
  ASSERT_TRUE(kept.keeps(text));
  EXPECT_FALSE(kept.keeps("no tags"));
  for (const auto* user : {"Ann", "<b>", "{{text}}", ""})
    for (const auto* words : {"It burns", ""})
      for (const auto format : {text_format::plain, text_format::html}) {
        const text_values values{{"user", user}, {"text", words}, {"call", "IT-1"}};
        EXPECT_EQ(kept.fill(text, values, format), fill_template(text, values, format));
      }
  EXPECT_EQ(kept.fill("other {{user}}", {{"user", "Ann"}}, text_format::plain), "other Ann");
}

TEST(parsed_templates, keep_a_bounded_amount_of_text_and_none_that_brings_in_others) {
  std::vector<std::string> texts;
  for (const char c : {'a', 'b', 'c'}) texts.push_back(std::string(15u << 10, c) + "{{user}}");
  texts.emplace_back("{{>user}}");
  texts.emplace_back("{{=< >=}}");
  const parsed_templates kept(texts);
  EXPECT_TRUE(kept.keeps(texts[0]));
  EXPECT_TRUE(kept.keeps(texts[1]));
  for (std::size_t i = 2; i < texts.size(); ++i) EXPECT_FALSE(kept.keeps(texts[i])) << i;
  EXPECT_EQ(kept.fill(texts[2], {{"user", "Ann"}}, text_format::plain),
            std::string(15u << 10, 'c') + "Ann");
}

TEST(parsed_templates, are_filled_in_by_several_threads_at_once) {
  const std::string text = "{{#user}}{{user}}{{/user}}{{^call}}-{{/call}}";
  const parsed_templates kept({text});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, who = std::to_string(t)] {
      for (int i = 0; i < 200; ++i)
        if (kept.fill(text, {{"user", who}, {"call", ""}}, text_format::html) != who + "-") ++wrong;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace postroom::partitions
