#include "mail/html_text.hpp"

#include <gtest/gtest.h>

#include "mail/mail.hpp"

using namespace postroom::mail;

TEST(html, becomes_readable_text) {
  struct row {
    std::string html, text;
  };
  const row rows[] = {
      {"plain", "plain"},
      {"a  b\n c", "a b c"},
      {"one<br>two<BR/>three", "one\ntwo\nthree"},
      {"<p>a</p><p>b</p>", "a\n\nb"},
      {"<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"},
      {"<div>a</div><div>b</div>", "a\nb"},
      {"<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
      {"<h1>T</h1>x", "T\nx"},
      {"<ul><li>a<li>b</ul>", "- a\n- b"},
      {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
      {"a<hr>b", "a\n---\nb"},
      {"<pre>a\n  b</pre>c", "a\n  b\nc"},
      {"x<b>bold</b>y", "xboldy"},
      {"<head><title>t</title><style>s</style></head>b", "b"},
      {"a<script>if (a<b) \"</p>\"</script>b", "ab"},
      {"a<style>never closed", "a"},
      {"a<!-- <b>x</b> -->b", "ab"},
      {"a<!--[if mso]>x<![endif]-->b", "ab"},
      {"a<![if !mso]>x<![endif]>b", "axb"},
      {"a<!-- open", "a"},
      {"<!DOCTYPE html><?xml x?>a", "a"},
      {"<a title=\"x > y\">link</a>", "link"},
      {"<a title='x>y' b = \"q>\">link</a>", "link"},
      {"<p don't>a</p>b'c", "a\nb'c"},
      {"<a title=\"open>a</a>b", "ab"},
      {"1 < 2 <3", "1 < 2 <3"},
      {"end <", "end <"},
      {"end <b", "end"},
      {"&lt;&amp;&gt;&quot;&apos;", "<&>\"'"},
      {"&Kappa;&alpha;&lambda;&#943; &lstrok;&oacute;d&zacute; &pi;", "Καλί łódź π"},
      {"&ccaron;&rcaron;&inodot; 7 &le; 8 &rarr; &commat;", "čřı 7 ≤ 8 → @"},
      {"a?x=1&amp;lang=de&num=5&pi", "a?x=1&lang=de&num=5&pi"},
      {"&Nonsense; &thetasym;&thetasymx;", "&Nonsense; ϑ&thetasymx;"},
      {"&auml;&Ouml;&euro;&nbsp;&copy 2026&hellip;", "äÖ€ © 2026…"},
      {"&#228;&#xE4;&#XE4;&#146;", "äää’"},
      {"&#0;&#x110000;&#xD800;", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"&unknown; & &# &#x; &", "&unknown; & &# &#x; &"},
      {"a&zwnj;&shy;&#8203;b", "ab"},
      {"a\xC2\xA0\xC2\xA0"
       "b ä",
       "a b ä"},
      {"Maße ±5", "Maße ±5"},
      {"±x \xC2\xB0"
       "C",
       "±x °C"},
  };
  for (const auto& r : rows) EXPECT_EQ(html_to_text(r.html, 1000), r.text) << r.html;
}

TEST(html, stops_soon_after_the_limit) {
  std::string html;
  for (int i = 0; i < 10000; ++i) html += "word<br>";
  auto text = html_to_text(html, 100);
  EXPECT_GT(text.size(), 100u);
  EXPECT_LT(text.size(), 110u);
}

TEST(html, escaped_text_shows_the_same) {
  EXPECT_EQ(escape_html("a < b & \"c\" 'd'>"), "a &lt; b &amp; &quot;c&quot; &#39;d&#39;&gt;");
  EXPECT_EQ(escape_html("one\r\ntwo"), "one<br>\ntwo");
  EXPECT_EQ(escape_html(" a  b"), "&nbsp;a &nbsp;b");
  EXPECT_EQ(escape_html("\xE4"), "ä");
  for (std::string text : {"a < b", "x\ny", "<script>alert('1')</script>", "&amp;", "\"ä\""})
    EXPECT_EQ(html_to_text(escape_html(text), 1000), text);
}
