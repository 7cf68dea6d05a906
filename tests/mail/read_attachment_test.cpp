#include <gtest/gtest.h>

#include "mail/mail.hpp"

namespace postroom::mail {
namespace {

const std::string files =
    "From: a@example.net\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\n\nSee these.\n\nbegin 644 note.txt\n,2&5L;&\\L(&1E<VLA\n`\nend\n"
    "--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0=\n"
    "--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
    "Content-Transfer-Encoding: base64\n\n"
    "eJ8+IgEAAQeQBgAIAAAA5AQAAAAAAADoAAICkAYADgAAAAAAAAAAAAAAAAAAAAAAAAACEIABAAkA\n"
    "AABwbGFuLnR4dAA5AwIPgAYABQAAADEyMzQ1/wA=\n"
    "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nHello.\n"
    "--b\nContent-Type: text/plain; name=a.txt\nContent-Transfer-Encoding: quoted-printable\n\n"
    "a=3Db\n--b--\n";

std::string read(const std::string& raw, const attachment& known, std::size_t place) {
  const auto bytes = read_attachment(raw, known, place);
  return bytes ? *bytes : std::string(to_string(bytes.code()));
}

TEST(read_attachment, gives_the_decoded_bytes_of_each_that_parse_lists) {
  const auto listed = parse(files)->attachments;
  const std::pair<std::string, std::string> wanted[] = {{"note.txt", "Hello, desk!"},
                                                        {"a.png", "\x89PNG\r"},
                                                        {"plan.txt", "12345"},
                                                        {"inner.eml", "Subject: inner\n\nHello."},
                                                        {"a.txt", "a=b"}};
  ASSERT_EQ(listed.size(), std::size(wanted));
  for (std::size_t i = 0; i < listed.size(); ++i) {
    EXPECT_EQ(listed[i].name, wanted[i].first);
    EXPECT_EQ(read(files, listed[i], i), wanted[i].second);
    EXPECT_EQ(read(files, listed[i], i).size(), listed[i].size);
  }
}

TEST(read_attachment, finds_one_that_was_listed_at_another_place_by_name_and_size) {
  attachment known{"a.png", "image/png", 5, false, ""};
  for (const std::size_t place : {0, 4, 5, 1000}) EXPECT_EQ(read(files, known, place), "\x89PNG\r");
  known.size = 6;
  EXPECT_EQ(read(files, known, 1), "not_found") << "never another file than the one that is meant";
}

TEST(read_attachment, chooses_none_of_several_that_are_alike) {
  const std::string png = "--b\nContent-Type: image/png; name=a.png\n\n1234\n";
  const auto raw = "Content-Type: multipart/mixed; boundary=b\n\n" + png + png + "--b--\n";
  EXPECT_EQ(read(raw, {"a.png", "image/png", 4, false, ""}, 1), "1234");
  EXPECT_EQ(read(raw, {"a.png", "image/png", 4, false, ""}, 2), "not_found");
}

TEST(read_attachment, reads_mails_that_parse_reads_only) {
  EXPECT_EQ(read(std::string(200, '\0'), {}, 0), "mail_unparsable");
  const std::string bare = "Content-Type: application/pdf; name=a.pdf\r\rx";
  EXPECT_EQ(read(bare, {"a.pdf", "application/pdf", 1, false, ""}, 0), "x");
}

}  // namespace
}  // namespace postroom::mail
