#include <gtest/gtest.h>

#include "channels/ews_answer.hpp"
#include "channels/ews_autodiscover.hpp"
#include "channels/ews_http.hpp"
#include "channels/ews_scanner.hpp"
#include "channels/ews_text.hpp"

namespace postroom::channels {
namespace {

struct scanned {
  bool ok = true;
  std::vector<std::string> mimes;
  std::string rest;
};

scanned scan(std::string_view text, std::size_t cut = std::string_view::npos) {
  scanned out;
  ews_scanner scanner([&](std::size_t n, std::string_view bytes) {
    if (out.mimes.size() <= n) out.mimes.resize(n + 1);
    out.mimes[n].append(bytes);
  });
  while (out.ok && !text.empty()) {
    const auto piece = text.substr(0, cut);
    text.remove_prefix(piece.size());
    out.ok = scanner.feed(piece).ok();
  }
  out.mimes.resize(scanner.contents());
  out.rest = scanner.take_rest();
  return out;
}

TEST(ews_scanner, takes_mails_out_of_an_answer_however_it_is_cut) {
  const std::string text =
      "<?xml version=\"1.0\"?><!-- <t:MimeContent> --><a b='>' c=\"<\"><![CDATA[<MimeContent>]]>"
      "<t:MimeContent CharacterSet=\"UTF-8\">aGVs\r\n bG8&#xD;=</t:MimeContent>"
      "<MimeContent/><x:MimeContent\n>d29ybGQh</x:MimeContent ></a>";
  for (std::size_t cut = 1; cut <= text.size(); ++cut) {
    const auto got = scan(text, cut);
    ASSERT_TRUE(got.ok) << cut;
    EXPECT_EQ(got.mimes, (std::vector<std::string>{"hello", "", "world!"})) << cut;
    EXPECT_NE(got.rest.find("<t:MimeContent CharacterSet=\"UTF-8\"></t:MimeContent>"),
              std::string::npos)
        << got.rest;
  }
}

TEST(ews_scanner, refuses_what_is_no_base64_and_what_is_no_envelope) {
  for (const char* text :
       {"<MimeContent>a*b=</MimeContent>", "<MimeContent>aGVsbG8</MimeContent>",
        "<MimeContent>aGVsbG8=aGVs</MimeContent>", "<MimeContent>=</MimeContent>",
        "<MimeContent><b/></MimeContent>", "<MimeContent>aGVs&amp;</MimeContent>",
        "<MimeContent>&#123456789;</MimeContent>", "<MimeContent>aGVs</b>", "<!DOCTYPE a>", "<>",
        "< a>", "<a <b>"})
    EXPECT_FALSE(scan(text).ok) << text;
}

TEST(ews_scanner, keeps_no_more_than_its_limit_beside_the_mails) {
  ews_scanner scanner([](auto, auto) {}, 1'000);
  EXPECT_TRUE(scanner.feed("<a><MimeContent>"));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(scanner.feed(std::string(1'000, 'A')));
  EXPECT_TRUE(scanner.feed("</MimeContent>"));
  EXPECT_FALSE(scanner.feed(std::string(1'000, 'x')));
}

TEST(ews_base64, reads_each_length) {
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"YQ==", "a"}, {"YWI=", "ab"}, {"YWJj", "abc"}, {"AP/+", {"\0\xFF\xFE", 3}}}) {
    base64_decoder reader;
    std::string out;
    EXPECT_TRUE(reader.read(text, out) && reader.end()) << text;
    EXPECT_EQ(out, bytes) << text;
  }
}

TEST(ews_characters, that_xml_forbids_are_left_out_and_no_others) {
  EXPECT_EQ(without_illegal_characters("a\x01"
                                       "b\tc\n&#x1;&#0;&#xFFFF;&#xD800;&#x110000;&#99999999999;d"),
            "ab\tc\nd");
  EXPECT_EQ(without_illegal_characters("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD"), "\xEF\xBF\xBD");
  const std::string fine = "&amp;&#x9;&#10;&#xE4;&#x1F600;&# & \xC3\xA4";
  EXPECT_EQ(without_illegal_characters(fine), fine);
}

TEST(ews_envelopes, are_cut_apart_however_they_come) {
  const std::string text = "<s:Envelope>1</s:Envelope>\n<Envelope>2</Envelope><Env";
  for (std::size_t cut = 1; cut <= text.size(); ++cut) {
    std::vector<std::string> got;
    ews_envelopes envelopes([&](std::string e) { got.push_back(std::move(e)); });
    for (std::string_view left = text; !left.empty();
         left.remove_prefix(std::min(cut, left.size())))
      ASSERT_TRUE(envelopes.feed(left.substr(0, cut)));
    EXPECT_EQ(got,
              (std::vector<std::string>{"<s:Envelope>1</s:Envelope>", "\n<Envelope>2</Envelope>"}))
        << cut;
  }
}

TEST(ews_envelopes, without_an_end_are_refused) {
  ews_envelopes envelopes([](const auto&) {});
  EXPECT_FALSE(envelopes.feed(std::string((1u << 20) + 1, 'x')));
}

std::string soap(const std::string& messages) {
  return "<s:Envelope><s:Body><m:R><m:ResponseMessages>" + messages +
         "</m:ResponseMessages></m:R></s:Body></s:Envelope>";
}

TEST(ews_answer, tells_a_pause_in_each_of_its_forms) {
  const std::string pause =
      "<MessageXml><t:Value Name=\"BackOffMilliseconds\">297749</t:Value></MessageXml>";
  const std::string inner =
      "<MessageXml><t:Value Name=\"InnerErrorResponseCode\">ErrorServerBusy</t:Value></MessageXml>";
  const auto fault = read_ews_answer(
      "<s:Envelope><s:Body><s:Fault><faultcode>a:ErrorServerBusy</faultcode><detail>" + pause +
      "</detail></s:Fault></s:Body></s:Envelope>");
  ASSERT_TRUE(fault);
  EXPECT_TRUE(fault->front().fault && fault->front().busy);
  EXPECT_EQ(fault->front().back_off, duration{297'749});
  const auto message =
      read_ews_answer(soap("<M><ResponseCode>ErrorServerBusy</ResponseCode>" + pause + "</M>" +
                           "<M><ResponseCode>ErrorInternalServerError</ResponseCode>" + inner +
                           "</M>" + "<M><ResponseCode>NoError</ResponseCode></M>"));
  ASSERT_TRUE(message);
  ASSERT_EQ(message->size(), 3U);
  EXPECT_EQ((*message)[0].back_off, duration{297'749});
  EXPECT_TRUE((*message)[1].busy && !(*message)[1].back_off);
  EXPECT_TRUE((*message)[2].ok() && !(*message)[2].busy);
}

TEST(ews_answer, believes_no_pause_without_end) {
  const auto got = read_ews_answer(
      soap("<M><ResponseCode>ErrorServerBusy</ResponseCode><MessageXml><Value "
           "Name='BackOffMilliseconds'>9223372036854775807</Value></MessageXml></M>"));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->front().back_off, duration{3'600'000});
}

TEST(ews_answer, tells_nothing_of_what_the_server_says_but_its_code) {
  const auto got = read_ews_answer(soap(
      "<M><MessageText>it@example.org</MessageText><ResponseCode>ErrorAccessDenied</ResponseCode>"
      "</M><M><ResponseCode>it@example.org</ResponseCode></M>"));
  ASSERT_TRUE(got);
  for (const auto& message : *got)
    EXPECT_EQ(ews_error(message).detail.find("example"), std::string::npos);
  EXPECT_EQ(ews_error((*got)[0]).code, ec::auth_refused);
  EXPECT_EQ(ews_error((*got)[1]).code, ec::server_busy);
}

TEST(ews_answer, is_never_empty) {
  for (const char* text : {"", "<a/>", "<s:Envelope/>", "<s:Envelope><s:Body/></s:Envelope>",
                           "<s:Envelope><s:Body><R/></s:Body></s:Envelope>"})
    EXPECT_EQ(read_ews_answer(text).code(), ec::protocol_violation) << text;
}

TEST(ews_time, is_read_with_fractions_and_offsets) {
  const auto text = [](std::string_view said) {
    const auto got = read_ews_time(said);
    return got ? render_time(*got) : std::string("nothing");
  };
  EXPECT_EQ(text("2026-11-30T12:00:07Z"), "2026-11-30T12:00:07.000Z");
  EXPECT_EQ(text("2026-11-30T12:00:07.1234567Z"), "2026-11-30T12:00:07.000Z");
  EXPECT_EQ(text("2026-11-30T12:00:07+01:30"), "2026-11-30T10:30:07.000Z");
  EXPECT_EQ(text("2026-11-30T12:00:07.5-01:00"), "2026-11-30T13:00:07.000Z");
  for (const char* bad : {"", "2026-02-30T12:00:07Z", "2026-11-30 12:00:07", "9999-99-99T99:99:99Z",
                          "2026-11-30T12:00:0xZ", "2026-11-30T12:00:07+xx:yy"})
    EXPECT_EQ(text(bad), "nothing") << bad;
}

TEST(ews_text, escapes_what_people_name_things) {
  const auto text = ews_text::find_folder({.distinguished = "inbox", .mailbox = "a&b@example.org"},
                                          "<\"Q&A\">\x01");
  EXPECT_NE(text.find("Value=\"&lt;&quot;Q&amp;A&quot;&gt;\""), std::string::npos) << text;
  EXPECT_NE(text.find("a&amp;b@example.org"), std::string::npos) << text;
}

TEST(ews_autodiscovered, belongs_to_a_domain_at_or_below_its_name) {
  for (const char* host : {"example.org", "MAIL.Example.ORG"})
    EXPECT_TRUE(is_host_of(host, "Example.org")) << host;
  for (const char* host : {"evilexample.org", "example.org.evil.test", "org", "[::1]", ""})
    EXPECT_FALSE(is_host_of(host, "Example.org")) << host;
  EXPECT_FALSE(is_host_of("example.org", "")) << "an address without a domain trusts nobody";
}

TEST(ews_autodiscovered, prefers_the_url_for_who_is_inside) {
  const auto body = [](const std::string& inner) {
    return "<Autodiscover><Response><Account>" + inner + "</Account></Response></Autodiscover>";
  };
  const std::string outside =
      "<Protocol><Type>EXPR</Type><EwsUrl>https://out.example.org/</EwsUrl></Protocol>";
  const std::string inside =
      "<Protocol><Type>EXCH</Type><EwsUrl>https://in.example.org/</EwsUrl></Protocol>";
  EXPECT_EQ(read_autodiscovered(body(outside + inside))->url, "https://in.example.org/");
  EXPECT_EQ(read_autodiscovered(body(outside))->url, "https://out.example.org/");
  EXPECT_EQ(read_autodiscovered(body("<RedirectAddr>a@b.c</RedirectAddr>"))->address, "a@b.c");
  EXPECT_EQ(read_autodiscovered(body("<RedirectUrl>https://x/</RedirectUrl>"))->redirect,
            "https://x/");
  EXPECT_EQ(read_autodiscovered(body("")).code(), ec::protocol_violation);
  EXPECT_EQ(read_autodiscovered("no").code(), ec::protocol_violation);
  EXPECT_EQ(
      read_autodiscovered("<Autodiscover><Response><Error/></Response></Autodiscover>").code(),
      ec::mailbox_missing);
}

}  // namespace
}  // namespace postroom::channels
