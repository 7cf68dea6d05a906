#include "mail/html_safe.hpp"

#include <gtest/gtest.h>

#include "mail/css_safe.hpp"
#include "mail/mail.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

TEST(html_safe, keeps_what_shows_and_nothing_that_acts) {
  struct row {
    std::string html, safe;
  };
  const row rows[] = {
      {"plain", "plain"},
      {"<p>a<b>b</b></p>", "<p>a<b>b</b></p>"},
      {"<P ALIGN=center>a", "<p align=\"center\">a</p>"},
      {"a<script>alert(1)</script>b", "ab"},
      {"a<SCRIPT>never closed", "a"},
      {"<style>p{}</style><title>t</title>a", "a"},
      {"<svg><circle onload=x></svg>a<math>x</math>", "a"},
      {"<form action=http://x><input value=v>a</form>", "a"},
      {"<div onclick=alert(1) ONMOUSEOVER='x'>a</div>", "<div>a</div>"},
      {"<a href=\"javascript:alert(1)\">a</a>", "<a>a</a>"},
      {"<a href=\"java\tscript:alert(1)\">a</a>", "<a>a</a>"},
      {"<a href=&#106;avascript:alert(1)>a</a>", "<a>a</a>"},
      {"<a href=\" data:text/html,x\">a</a>", "<a>a</a>"},
      {"<a href=/relative>a</a>", "<a>a</a>"},
      {"<a href='https://example.org/?a=1&amp;b=\"2\"'>a</a>",
       "<a href=\"https://example.org/?a=1&amp;b=&quot;2&quot;\" rel=\"noopener "
       "noreferrer\">a</a>"},
      {"<a href=mailto:a@example.org>a</a>",
       "<a href=\"mailto:a@example.org\" rel=\"noopener noreferrer\">a</a>"},
      {"<img src=cid:a@b alt=x width=5 onerror=y>", "<img src=\"cid:a@b\" alt=\"x\" width=\"5\">"},
      {"a<img src=https://example.org/pixel.gif>b", "ab"},
      {"<img src=https://example.org/a.gif alt='the <b>'>", "the &lt;b&gt;"},
      {"<img src=data:image/png;base64,AAAA alt=x>", "x"},
      {"<body background=http://x bgcolor=red>a</body>", "a"},
      {"<table background=http://x bgcolor=red><tr><td>a<td>b<tr><td>c</table>",
       "<table bgcolor=\"red\"><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"},
      {"<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"},
      {"<p>a<p>b", "<p>a</p><p>b</p>"},
      {"a<br/>b<hr>", "a<br>b<hr>"},
      {"</b></div>a", "a"},
      {"<b><i>a</b>b</i>", "<b><i>a</i></b>b"},
      {"a<!-- <b> -->b<![if x]>c<?php x?>d", "abcd"},
      {"1 < 2 & 3 > 2 &lt;b&gt; &amp;amp;", "1 &lt; 2 &amp; 3 &gt; 2 &lt;b&gt; &amp;amp;"},
      {"&auml;&#8364;", "ä€"},
      {"<b title='\"><script>x</script>'>a</b>",
       "<b title=\"&quot;&gt;&lt;script&gt;x&lt;/script&gt;\">a</b>"},
      {"<<script>alert(1)</script>", "&lt;"},
      {"<scr<script>ipt>a", "ipt&gt;a"},
      {"<b/x/title=t>a", "<b title=\"t\">a</b>"},
      {"<b =x ='>a", "<b>a</b>"},
      {"<b", "<b></b>"},
      {"", ""},
  };
  for (const auto& r : rows) EXPECT_EQ(make_safe_html(r.html, 1000).html, r.safe) << r.html;
}

TEST(html_safe, styles_can_only_look) {
  struct row {
    std::string style, safe;
  };
  const row rows[] = {
      {"color: red; font-size:12PT", "color:red;font-size:12pt;"},
      {"color:rgb(1,2,3);border:1px solid #FFF", "color:rgb(1,2,3);border:1px solid #fff;"},
      {"background-color:url(http://x)", ""},
      {"background:url(http://x);color:blue", "color:blue;"},
      {"color:expression(alert(1))", ""},
      {"font-family:\\75rl(x)", ""},
      {"color:re/**/d", ""},
      {"position:absolute;display:none;top:0", ""},
      {"margin:-500px", ""},
      {"margin-left:auto;font-family:\"a-b\", c", "margin-left:auto;font-family:\"a-b\", c;"},
      {"@import x;color", ""},
      {"color:" + std::string(300, 'x'), ""},
  };
  for (const auto& r : rows) EXPECT_EQ(safe_style(r.style), r.safe) << r.style;
  EXPECT_EQ(make_safe_html("<b style=\"color:red;behavior:url(x)\">a</b>", 100).html,
            "<b style=\"color:red;\">a</b>");
}

TEST(html_safe, is_bounded_and_every_element_is_closed) {
  std::string deep, wide;
  for (int i = 0; i < 10'000; ++i) deep += "<div>x", wide += "<p>ä &amp; b</p>";
  for (const auto& html : {deep, wide})
    for (std::size_t max : {0u, 1u, 10u, 13u, 1000u}) {
      auto made = make_safe_html(html, max);
      EXPECT_LE(made.html.size(), max);
      EXPECT_TRUE(made.truncated);
      EXPECT_TRUE(is_utf8(made.html));
      std::size_t opened = 0, closed = 0;
      for (auto at = made.html.find('<'); at != std::string::npos; at = made.html.find('<', at + 1))
        made.html[at + 1] == '/' ? ++closed : ++opened;
      EXPECT_EQ(opened, closed) << max;
    }
  EXPECT_FALSE(make_safe_html("<p>a</p>", 8).truncated);
  EXPECT_TRUE(make_safe_html("<p>a</p>", 7).truncated);
}

TEST(html_safe, a_mail_has_it_only_when_asked) {
  const std::string raw =
      "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\n"
      "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
      "<p onclick=3Dx>=E4\n--b--\n";
  EXPECT_EQ(parse(raw)->html, "");
  parse_limits limits;
  limits.max_html = 100;
  auto m = parse(raw, limits);
  EXPECT_EQ(m->html, "<p>ä</p>");
  EXPECT_FALSE(m->html_truncated);
  EXPECT_EQ(m->text, "plain");
  limits.max_html = 4;
  EXPECT_TRUE(parse(raw, limits)->html_truncated);
  EXPECT_EQ(parse(raw, limits)->html, "");
}
