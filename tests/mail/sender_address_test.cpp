#include <utility>
#include <vector>

#include "trust_fixture.hpp"

/// Who is judged is who is taken for the sender.
using namespace postroom::mail;

TEST(sender_address, an_address_that_is_not_the_one_well_formed_mailbox_of_from_is_never_proved) {
  const std::string sender = "Sender: a@example.com\r\n";
  const std::string many = "From: a, b, c, ann@example.com\r\n";
  for (const auto& author : std::vector<std::string>{
           "From: nobody\r\n", "From: Ann\r\n" + sender, "From:\r\n" + sender, sender,
           "From: \"Ann ann@example.com\r\n" + sender, many, many + "From: x@evil.example\r\n",
           "From:\r\nFrom: ann@example.com\r\n", "From: <x@evil.example> <ann@example.com>\r\n",
           "From: x@evil.example <ann@example.com>\r\n",
           "From: =?utf-8?q?<x@evil.example>?= <ann@example.com>\r\n",
           "From: Team: ann@example.com;\r\n", "From: ann@example.com,\r\n",
           "From: ann@example.com (\r\n", "From: <ann@example.com\r\n",
           "From: <@x.example:ann@example.com>\r\n", "From: ann@exam\rple.com\r\n",
           std::string("From: ann@exam\0ple.com\r\n", 24)})
    for (const std::string results :
         {"dmarc=pass", "dmarc=pass header.from=example.com", "dmarc=pass header.from=evil.example",
          "dkim=pass header.d=evil.example", "dmarc=fail header.from=example.com", "none"})
      EXPECT_EQ(judged(results, author).kind, trust::unaligned) << author << results;
  EXPECT_EQ(judged("dmarc=fail", "From: Ann\r\n" + sender).evidence,
            "From has no address; the one in Sender proves nothing");
  EXPECT_EQ(judged("dmarc=pass", many).evidence, "From is not one well-formed address");
  EXPECT_EQ(kind(received + many), trust::none) << "nobody has checked it";
}

TEST(sender_address, a_mailbox_is_well_formed_whatever_its_name_looks_like) {
  for (const std::string author :
       {"ann@example.com", "<ann@example.com>", "\"x@evil.example, Ann\" <ann@example.com>",
        "Ann B. \xC3\x84 \xE4 [it] <ann@example.com>", "ann@example.com (Ann (of it, x@y))",
        "=?utf-8?q?Ann,_B:?= <ann@example.com>", "ann@example.com <ann@example.com>",
        "\r\n \"Ann \\\" B\"\r\n\t<Ann@Example.com>", "(x) Ann (y) <ann@example.com> (z)"})
    EXPECT_EQ(judged("dmarc=pass", "From: " + author + "\r\n").kind, trust::aligned) << author;
}

TEST(sender_address, the_charset_of_the_text_does_not_choose_who_is_judged) {
  const std::string ebcdic =
      "\x4C\x81\x95\x95\x81\x7C\x85\xA7\x81\x94\x97\x93\x85\x4B\x83\x96\x94\x6E";
  for (const auto& [bytes, charset] : std::vector<std::pair<std::string, std::string>>{
           {"\xE9, +ADw-ann+AEA-example.com+AD4-, x@evil.example", "utf-7"},
           {ebcdic + ", x@evil.example", "ibm037"},
           {ebcdic + "\r\nFrom: x@evil.example", "ibm037"}}) {
    const auto header =
        "From: " + bytes + "\r\nContent-Type: text/plain; charset=" + charset + "\r\n";
    EXPECT_NE(parsed(header + "\r\n").from.addr, "ann@example.com") << charset;
    EXPECT_EQ(judged("dmarc=pass header.from=evil.example", header).kind, trust::unaligned);
  }
  const auto mail = parsed(
      "From: \xC0\xED\xFF <ann@example.com>\r\nContent-Type: text/plain; "
      "charset=windows-1251\r\n\r\n");
  EXPECT_EQ(mail.from.name, "Аня") << "it may choose the name";
}
