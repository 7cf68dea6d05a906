#include "mail/protection.hpp"

#include <gtest/gtest.h>

#include "parsed.hpp"

using namespace postroom::mail;

namespace {

const std::string clear_signed =
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n- -- \nme\n"
    "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";

}  // namespace

TEST(protection, is_told_by_the_type_or_by_the_bytes) {
  struct row {
    std::string mail;
    bool is_signed, is_encrypted;
  };
  const std::string cms = "Content-Transfer-Encoding: base64\nContent-Type: application/";
  const std::string exchange = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\n";
  const row rows[] = {
      {"Subject: s\n\nhello\n", false, false},
      {"Content-Type: multipart/signed; boundary=b\n\n--b\n\nhello\n--b--\n", true, false},
      {"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nhello\n--b--\n", false, true},
      {cms + "pkcs7-mime; smime-type=signed-data\n\nAAAA\n", true, false},
      {cms + "x-pkcs7-mime; smime-type=Enveloped-Data\n\nAAAA\n", false, true},
      {cms + "pkcs7-mime; smime-type=authEnveloped-data\n\nAAAA\n", false, true},
      {cms + "pkcs7-mime; name=smime.p7m\n\nMIAGCSqGSIb3DQEHAqCA\n", true, false},
      {cms + "pkcs7-mime\n\nMIAGCSqGSIb3DQEHA6CA\n", false, true},
      {cms + "pkcs7-mime\n\nAAAA\n", false, false},
      {cms + "octet-stream\n\nMIAGCSqGSIb3DQEHA6CA\n", false, false},
      {cms + "octet-stream; name=smime.p7m\n\nMIAGCSqGSIb3DQEHA6CA\n", false, true},
      {cms + "octet-stream; name=smime.p7m\n\nAAAA\n", false, false},
      {exchange + "Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n", false, true},
      {exchange +
           "Content-Type: text/plain; name=x.ASC\n\n-----BEGIN PGP MESSAGE-----\n\nh\n--b--\n",
       false, true},
      {exchange +
           "Content-Type: text/plain; name=x.asc\n\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n--b--\n",
       false, false},
      {"Subject: s\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n", false, true},
      {"Subject: s\n\n" + clear_signed, true, false},
      {"Subject: s\n\nwhat is -----BEGIN PGP MESSAGE-----?\n", false, false},
  };
  for (const auto& r : rows) {
    auto m = parsed(r.mail);
    EXPECT_EQ(m.is_signed, r.is_signed) << r.mail;
    EXPECT_EQ(m.is_encrypted, r.is_encrypted) << r.mail;
  }
}

TEST(protection, signed_content_is_read) {
  auto m = parsed(
      "Content-Type: multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"\n\n"
      "--b\nContent-Type: text/plain\n\nhello\n--b\n"
      "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--b--\n");
  EXPECT_EQ(m.text, "hello");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].name, "smime.p7s");
}

TEST(protection, what_pgp_signed_in_place_is_shown_as_it_was_written) {
  EXPECT_EQ(without_pgp_signature(clear_signed), "hello\n-- \nme\n");
  EXPECT_EQ(without_pgp_signature("above\n" + clear_signed + "below\n"),
            "above\nhello\n-- \nme\nbelow\n");
  for (std::string text : {"", "plain\n", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nhello\n",
                           "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n"})
    EXPECT_EQ(without_pgp_signature(text), text);
  EXPECT_EQ(parsed("Subject: s\n\n" + clear_signed).text, "hello\n-- \nme\n");
}

TEST(protection, encrypted_mails_are_kept_as_they_are) {
  auto m = parsed(
      "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
      "Content-Transfer-Encoding: base64\n\nAAAA\n");
  EXPECT_EQ(m.text, "");
  ASSERT_EQ(m.attachments.size(), 1u);
  EXPECT_EQ(m.attachments[0].size, 3u);
}
