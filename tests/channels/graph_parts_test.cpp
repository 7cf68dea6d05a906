#include <gtest/gtest.h>

#include "channels/graph_json.hpp"
#include "channels/graph_mime.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

TEST(graph_text, follows_links_of_its_own_origin_only) {
  const std::string base = "https://graph.microsoft.com/v1.0";
  for (const char* url : {"https://graph.microsoft.com/v1.0/me/x?$skiptoken=a",
                          "https://GRAPH.microsoft.com:443/beta", "HTTPS://graph.microsoft.com"})
    EXPECT_TRUE(same_origin(url, base)) << url;
  for (const char* url :
       {"", "x", "/v1.0/me", "http://graph.microsoft.com/v1.0", "https://graph.microsoft.com:444/",
        "https://graph.microsoft.com.evil.example/", "https://graph.microsoft.com@evil.example/",
        "https://evil.example/https://graph.microsoft.com/", "https://a:b@graph.microsoft.com/v1.0",
        "https://evil.example\\@graph.microsoft.com/", "//graph.microsoft.com/v1.0",
        "file://graph.microsoft.com/v1.0", "https://graph.microsoft.us/v1.0"})
    EXPECT_FALSE(same_origin(url, base)) << url;
}

TEST(graph_text, uploads_by_https_to_wherever_the_service_says) {
  const std::string base = "https://graph.microsoft.com/v1.0";
  EXPECT_TRUE(fit_for_upload("https://outlook.office.com/api/v2.0/a?b=c", base));
  EXPECT_TRUE(fit_for_upload("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/v1.0"));
  for (const char* url : {"", "http://outlook.office.com/", "http://127.0.0.1:8080/a",
                          "http://localhost/a", "https://a:b@outlook.office.com/"})
    EXPECT_FALSE(fit_for_upload(url, base)) << url;
}

TEST(graph_text, gives_each_refusal_its_meaning) {
  const struct {
    int status;
    const char* code;
    ec what;
  } table[] = {{401, "InvalidAuthenticationToken", ec::auth_refused},
               {403, "ErrorAccessDenied", ec::oauth_consent_missing},
               {404, "ErrorItemNotFound", ec::not_found},
               {404, "MailboxNotEnabledForRESTAPI", ec::mailbox_missing},
               {400, "ErrorInvalidIdMalformed", ec::not_found},
               {410, "resyncRequired", ec::position_lost},
               {410, "", ec::position_lost},
               {400, "syncStateNotFound", ec::position_lost},
               {413, "", ec::mail_too_large},
               {429, "ApplicationThrottled", ec::throttled},
               {503, "", ec::server_busy},
               {400, "BadRequest", ec::protocol_violation},
               {302, "", ec::protocol_violation}};
  for (const auto& row : table)
    EXPECT_EQ(graph_error(row.status, row.code).code, row.what) << row.status << row.code;
}

TEST(graph_json, reads_a_page_with_what_it_may_lack) {
  const auto page = read_graph_page(R"({"value":[
      {"id":"a","receivedDateTime":"2026-11-30T12:28:29Z",
       "singleValueExtendedProperties":[{"id":"Integer 0xe08","value":"72"}]},
      {"id":"b","receivedDateTime":"2026-11-30T12:28:29.1234567Z"},
      {"id":"c","receivedDateTime":17,"singleValueExtendedProperties":[{"value":"-1"}]},
      {"id":"d","@removed":{"reason":"deleted"}}],
      "@odata.nextLink":"https://x/y"})");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->entries.size(), 4u);
  EXPECT_EQ(page->entries[0].size, 72u);
  EXPECT_EQ(render_time(*page->entries[0].received), "2026-11-30T12:28:29.000Z");
  EXPECT_EQ(page->entries[1].received, page->entries[0].received);
  EXPECT_FALSE(page->entries[1].size);
  EXPECT_FALSE(page->entries[2].received);
  EXPECT_FALSE(page->entries[2].size);
  EXPECT_TRUE(page->entries[3].removed);
  EXPECT_EQ(page->next_link, "https://x/y");
}

TEST(graph_json, refuses_a_page_with_both_links_or_none) {
  EXPECT_FALSE(read_graph_page(R"({"value":[]})"));
  EXPECT_FALSE(read_graph_page(R"({"value":[],"@odata.nextLink":"a","@odata.deltaLink":"b"})"));
}

TEST(graph_json, leaves_out_what_is_nested_without_end) {
  const std::string deep(2'000'000, '[');
  EXPECT_FALSE(read_graph_page("{\"value\":" + deep));
  const auto closed = "{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') +
                      ",\"value\":[],\"@odata.deltaLink\":\"d\"}";
  EXPECT_TRUE(read_graph_page(closed));
}

TEST(graph_json, quotes_of_a_refusal_one_safe_line) {
  const auto said = read_graph_refusal(
      R"({"error":{"code":"Error<Item>\nNotFound","message":"first\r\nsecond"}})");
  EXPECT_EQ(said.code, "ErrorItemNotFound");
  EXPECT_EQ(said.message, "first  second");
  EXPECT_EQ(read_graph_refusal("<html>").code, "");
  EXPECT_EQ(read_graph_refusal(R"({"error":"x"})").code, "");
}

TEST(graph_mime, leaves_a_header_as_it_is_that_names_the_recipient_only) {
  for (const char* to :
       {"To: a@b.c\r\n", "To: <A@b.c>\r\n", "To: Anna <a@b.c>\r\n", "To: \"Doe, Anna\" <a@b.c>\r\n",
        "to:\r\n =?utf-8?q?Anna?=\r\n <a@b.c>\r\n"}) {
    const std::string header = std::string("From: x@y.z\r\n") + to + "Subject: s\r\n\r\n";
    EXPECT_EQ(header_for_one(header, "a@b.c"), header) << to;
  }
}

TEST(graph_mime, makes_the_recipient_the_only_one) {
  const struct {
    const char* before;
    const char* after;
  } table[] = {
      {"To: a@b.c, d@e.f\r\nS: 1\r\n\r\n", "To: <a@b.c>\r\nS: 1\r\n\r\n"},
      {"To: d@e.f\r\nCc: a@b.c\r\nS: 1\r\n\r\n", "To: <a@b.c>\r\nS: 1\r\n\r\n"},
      {"To: a@b.c\r\nBcc: d@e.f,\r\n g@h.i\r\nS: 1\r\n\r\n", "To: <a@b.c>\r\nS: 1\r\n\r\n"},
      {"To: a@b.c\r\nS: 1\r\nTO: d@e.f\r\n\r\n", "To: <a@b.c>\r\nS: 1\r\n\r\n"},
      {"To: xa@b.c\r\n\r\n", "To: <a@b.c>\r\n\r\n"},
      {"To: <d@e.f> <a@b.c>\r\n\r\n", "To: <a@b.c>\r\n\r\n"},
      {"To: friends:a@b.c;\r\n\r\n", "To: <a@b.c>\r\n\r\n"},
      {"To: \"x\\\" <a@b.c>\r\n\r\n", "To: <a@b.c>\r\n\r\n"},
      {"Bcc: a@b.c\r\nS: 1\r\n\r\n", "To: <a@b.c>\r\nS: 1\r\n\r\n"},
      {"S: 1\r\nToday: x\r\n\r\n", "S: 1\r\nToday: x\r\nTo: <a@b.c>\r\n\r\n"},
  };
  for (const auto& row : table) EXPECT_EQ(header_for_one(row.before, "a@b.c"), row.after);
  const std::string blank = "\r\n\r\n", once = header_for_one(blank, "a@b.c");
  EXPECT_EQ(once, "To: <a@b.c>\r\n\r\n\r\n");
  EXPECT_EQ(header_for_one(once, "a@b.c"), once);
}

TEST(graph_mime, takes_files_out_and_leaves_the_rest) {
  const std::string message =
      "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_b\"\r\n\r\n"
      "--=_b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
      "--=_b\r\nContent-Type: message/rfc822;\r\n name=\"n.eml\"\r\nContent-Disposition: "
      "attachment;\r\n filename=\"mail.eml\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "aGVs\r\nbG8=\r\n--=_b--\r\n";
  const auto at = header_size(message);
  const auto split = take_files_out(message.substr(0, at), std::string_view(message).substr(at));
  ASSERT_EQ(split.files.size(), 1u);
  EXPECT_EQ(split.files[0].name, "mail.eml");
  EXPECT_EQ(split.files[0].type, "message/rfc822");
  EXPECT_EQ(split.files[0].size, 5u);
  file_reader reader(split.files[0].base64);
  EXPECT_EQ(reader.next(3), "hel");
  EXPECT_EQ(reader.next(3), "lo");
  EXPECT_EQ(reader.next(3), "");
  EXPECT_EQ(split.rest, "--=_b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--=_b--\r\n");
}

TEST(graph_mime, finds_no_files_in_other_mails) {
  for (const char* type : {"text/plain", "multipart/alternative; boundary=b", "multipart/mixed"}) {
    const auto header = std::string("Content-Type: ") + type + "\r\n\r\n";
    const std::string body =
        "--b\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\nAAAA\r\n--b--\r\n";
    const auto split = take_files_out(header, body);
    EXPECT_TRUE(split.files.empty());
    EXPECT_EQ(split.rest, body);
  }
}

TEST(graph_mime, decodes_a_large_file_in_pieces_of_any_size) {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 31);
  std::string text;
  const auto whole = to_base64(bytes);
  for (std::size_t i = 0; i < whole.size(); i += 76) text += whole.substr(i, 76) + "\r\n";
  for (const std::size_t size : {1'000u, 65'536u, 100'001u, 400'000u}) {
    file_reader reader(text);
    std::string got;
    for (auto piece = reader.next(size); !piece.empty(); piece = reader.next(size)) got += piece;
    EXPECT_TRUE(got == bytes) << size;
  }
  EXPECT_EQ(file_reader("!!!!").next(10), "");
}

}  // namespace
}  // namespace postroom::channels
