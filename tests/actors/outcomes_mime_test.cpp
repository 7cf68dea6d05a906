#include "tests/actors/outcomes_fixture.hpp"
#include "tests/support/opaque_signed.hpp"

/// The golden table, of what mails are made of: charsets, odd and broken MIME, hostile sizes.
namespace postroom::actors::test {
namespace {

using namespace std::string_literals;

const std::string answered = "logged; answers una@example.com";
const std::string mixed = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n";

std::string in_charset(const std::string& type, const std::string& body,
                       const std::string& subject = "x") {
  return from_una(
      "Subject: " + subject + "\n" + (type.empty() ? "" : "Content-Type: " + type + "\n"),
      body + "\n");
}

std::string many(std::size_t bytes, const std::string& line) {
  std::string out;
  out.reserve(bytes + line.size());
  while (out.size() < bytes) out += line;
  return out;
}

/// Each multipart holds only the next one; the innermost a text.
std::string nested(int levels) {
  std::string out;
  for (int i = 0; i < levels; ++i) {
    const auto boundary = "n" + std::to_string(i);
    out += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
  }
  return "From: una@example.com\nSubject: deep\n" + out + "\ninnermost\n";
}

const std::string signed_text = "Content-Type: text/plain\n\nIt is me.\n";

std::string signed_and_cut_off() {
  const auto whole = support::opaque_signed(signed_text + std::string(300, '\n'));
  return whole.substr(0, whole.size() - 100);
}

const std::vector<golden> charsets = {
    {"utf_8", in_charset("text/plain; charset=utf-8", "Grüße", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?="),
     answered, "Grüße | Grüße"},
    {"utf_7", in_charset("text/plain; charset=utf-7", "Hei +ANg-yvind, +ZeVnLIqe-"), answered,
     "x | Hei Øyvind, 日本語"},
    {"iso_2022_jp",
     in_charset("text/plain; charset=iso-2022-jp", "\x1B$B%F%9%H\x1B(B",
                "=?ISO-2022-JP?B?GyRCJUYlOSVIGyhC?="),
     answered, "テスト | テスト"},
    {"ascii_that_is_latin_1",
     in_charset("text/plain; charset=us-ascii",
                "Gr\xFC\xDF"
                "e"),
     answered, "x | Grüße"},
    {"latin_1_that_is_utf_8", in_charset("text/plain; charset=iso-8859-1", "Grüße"), answered,
     "x | Grüße"},
    {"charset_nobody_knows", in_charset("text/plain; charset=x-nonsense", "Grüße"), answered,
     "x | Grüße"},
    {"no_charset_and_utf_8", in_charset("", "Grüße", "Grüße"), answered, "Grüße | Grüße"},
    {"no_charset_and_latin_1",
     in_charset("",
                "Gr\xFC\xDF"
                "e",
                "Gr\xFC\xDF"
                "e"),
     answered, "Grüße | Grüße"},
};

const std::vector<golden> contents = {
    {"invitation",
     from_una("Subject: Meeting\nContent-Type: multipart/alternative; boundary=b\n",
              parts({"\nPlease come.",
                     "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n"
                     "METHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:New printer\n"
                     "DTSTART:20261124T140000Z\nEND:VEVENT\nEND:VCALENDAR"})),
     "logged; files part-1.ics; answers una@example.com",
     "Meeting | Please come.\n\nCalendar: REQUEST\nWhat: New printer\nWhen: 2026-11-24 14:00 UTC"},
    {"signed_by_pgp_mime",
     from_una("Subject: x\nContent-Type: multipart/signed; boundary=b; micalg=pgp-sha256;\n"
              "\tprotocol=\"application/pgp-signature\"\n",
              parts({"Content-Type: text/plain\n\nIt is me.",
                     "Content-Type: application/pgp-signature; name=signature.asc\n\n"
                     "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----"})),
     "logged; signed; files signature.asc; answers una@example.com", "x | It is me."},
    {"signed_by_pgp_in_the_text",
     from_una("Subject: x\n",
              "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt is me.\n"
              "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"),
     "logged; signed; answers una@example.com", "x | It is me."},
    {"signed_by_s_mime_as_a_whole",
     from_una(
         "Subject: x\n" + support::opaque_signed("Content-Type: multipart/mixed; boundary=b\n\n" +
                                                 parts({"\nIt is me.",
                                                        "Content-Type: image/png;"
                                                        " name=red.png\n\nx"})),
         ""),
     "logged; signed; files red.png; answers una@example.com", "x | It is me."},
    {"signed_by_s_mime_twice",
     from_una("Subject: x\n" + support::opaque_signed(support::opaque_signed(signed_text)), ""),
     "logged; signed; answers una@example.com", "x | It is me."},
    {"signed_by_s_mime_and_sent_as_octets",
     from_una("Subject: x\n" +
                  support::opaque_signed(signed_text, "application/octet-stream; name=smime.p7m"),
              ""),
     "logged; signed; answers una@example.com", "x | It is me."},
    {"signed_by_s_mime_and_cut_off", from_una("Subject: x\n" + signed_and_cut_off(), ""),
     "logged; signed; answers una@example.com", "x | It is me."},
    {"encrypted_by_s_mime",
     from_una("Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data;\n"
              "\tname=smime.p7m\nContent-Transfer-Encoding: base64\n",
              "MIAGCSqGSIb3DQEHA6CAMIACAQA=\n"),
     "logged; encrypted; files smime.p7m; answers una@example.com", "x | "},
    {"encrypted_by_pgp_mime",
     from_una("Subject: x\nContent-Type: multipart/encrypted; boundary=b;\n"
              "\tprotocol=\"application/pgp-encrypted\"\n",
              parts({"Content-Type: application/pgp-encrypted; name=version.asc\n\nVersion: 1",
                     "Content-Type: application/octet-stream; name=encrypted.asc\n\n"
                     "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"})),
     "logged; encrypted; files version.asc, encrypted.asc; answers una@example.com", "x | "},
    {"encrypted_by_pgp_mime_and_taken_apart_by_a_server",
     from_una(
         mixed,
         parts({"\n", "Content-Type: application/pgp-encrypted; name=version.asc\n\nVersion: 1",
                "Content-Type: application/octet-stream; name=encrypted.asc\n\n"
                "-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"})),
     "logged; encrypted; files version.asc, encrypted.asc; answers una@example.com", "x | "},
    {"encrypted_by_s_mime_and_sent_as_octets",
     from_una("Subject: x\nContent-Type: application/octet-stream; name=smime.p7m\n"
              "Content-Transfer-Encoding: base64\n",
              "MIAGCSqGSIb3DQEHA6CAMIACAQA=\n"),
     "logged; encrypted; files smime.p7m; answers una@example.com", "x | "},
    {"winmail_dat",
     from_una(
         mixed,
         parts({"\nSee the plan.",
                "Content-Type: application/ms-tnef; name=winmail.dat\n"
                "Content-Transfer-Encoding: base64\n\n"
                "eJ8+IgEAAQeQBgAIAAAA5AQAAAAAAADoAAICkAYADgAAAAAAAAAAAAAAAAAAAAAAAAACEIABAAkA\n"
                "AABwbGFuLnR4dAA5AwIPgAYABQAAADEyMzQ1/wA="})),
     "logged; files plan.txt; answers una@example.com", "x | See the plan."},
    {"winmail_dat_cut_off",
     from_una(
         mixed,
         parts({"\nSee the plan.",
                "Content-Type: application/ms-tnef; name=winmail.dat\n"
                "Content-Transfer-Encoding: base64\n\n"
                "eJ8+IgEAAQeQBgAIAAAA5AQAAAAAAADoAAICkAYADgAAAAAAAAAAAAAAAAAAAAAAAAACEIABAAkA\n"
                "AABwbGFuLnR4dAA5AwIPgAYABQAAADEy"})),
     "logged; files plan.txt, winmail.dat; answers una@example.com", "x | See the plan."},
    {"file_uuencoded_in_the_text",
     from_una("Subject: x\n", "See the note.\n\nbegin 644 note.txt\n,2&5L;&\\L(&1E<VLA\n`\nend\n"),
     "logged; files note.txt; answers una@example.com", "x | See the note."},
    {"mail_sent_on_as_attachment",
     from_una(mixed, parts({"\nPlease see to it.",
                            "Content-Type: message/rfc822\n\nFrom: eve@example.net\n"
                            "Auto-Submitted: auto-replied\nIn-Reply-To: <red@mail.example.com>\n"
                            "Subject: Broken\n\nInner text."})),
     "logged; files Broken.eml; answers una@example.com", "x | Please see to it."},
    {"mail_that_is_only_another_mail",
     from_una("Subject: x\nContent-Type: message/rfc822\n",
              "From: eve@example.net\nSubject: Broken\n\nInner text.\n"),
     "logged; files Broken.eml; answers una@example.com",
     "x | Attached mail: Broken\nFrom: eve@example.net\n\nInner text."},
    {"mail_sent_on_without_a_word",
     from_una(mixed, parts({"\n",
                            "Content-Type: message/rfc822\nContent-Disposition: attachment\n\n"
                            "From: eve@example.net\nSubject: Broken\n\nInner text."})),
     "logged; files Broken.eml; answers una@example.com",
     "x | Attached mail: Broken\nFrom: eve@example.net\n\nInner text."},
    {"invitation_alone_and_as_a_file",
     from_una("Subject: Meeting\nContent-Type: application/ics; name=invite.ics\n",
              "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:New printer\n"
              "DESCRIPTION:Bring the contract.\nEND:VEVENT\nEND:VCALENDAR\n"),
     "logged; files invite.ics; answers una@example.com",
     "Meeting | Calendar: REQUEST\nWhat: New printer\n\nBring the contract."},
    {"html_before_a_named_text",
     from_una("Subject: x\nContent-Type: multipart/alternative; boundary=b\n",
              parts({"Content-Type: text/html\n\n<p>It is <b>red</b>.</p>",
                     "Content-Type: text/plain; name=text1\n\nIt is red, plainly."})),
     "logged; HTML; answers una@example.com", "x | It is red, plainly."},
};

const std::vector<golden> broken = {
    {"several_of_each_field",
     "From: Una User <una@example.com>\nFrom: eve@example.net\nSubject: first\nSubject: second\n"
     "Message-ID: <one@x>\nMessage-ID: <red@mail.example.com>\n\ny\n",
     answered, "first | y"},
    {"carriage_returns_only", "From: una@example.com\rSubject: x\r\ry\rz\r", answered, "x | y\nz"},
    {"line_feeds_only_in_the_header", "From: una@example.com\nSubject: x\n\ny\r\nz\r\n", answered,
     "x | y\nz"},
    {"nul_in_the_text", from_una("Subject: x\n", "a\0b\n"s), answered, "x | ab"},
    {"nothing_but_nul", std::string(200, '\0'), "quarantined:mail_unparsable"},
    {"nothing_at_all", "", "quarantined:mail_unparsable"},
    {"no_header", "hello there\nwho reads this\n", "quarantined:mail_unparsable"},
    {"multipart_without_a_blank_line_before_it",
     "From: una@example.com\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n" +
         parts(
             {"Content-Type: text/plain\n\nIt is red.", "Content-Type: text/plain\n\nSee to it."}),
     answered, "x | It is red.\nSee to it."},
    {"blanks_in_the_blank_line", "From: una@example.com\nSubject: x\n \nNote: it is red.\n",
     answered, "x | Note: it is red."},
    {"text_said_to_be_base64_that_is_not",
     from_una("Subject: x\nContent-Transfer-Encoding: base64\n", "Dear all,\nit is red.\n"),
     answered, "x | Dear all,\nit is red."},
    {"multipart_cut_off",
     from_una(mixed,
              "--b\n\nIt is red.\n--b\nContent-Type: image/png; name=red.png\n"
              "Content-Transfer-Encoding: base64\n\niVBORw0"),
     "logged; files red.png; answers una@example.com", "x | It is red."},
    {"multipart_without_a_part", from_una(mixed, "It is red.\n"), answered, "x | It is red."},
    {"header_of_five_megabytes",
     from_una(many(5u << 20, "X-Filler: " + many(60, "a") + "\n"), "y\n"),
     "quarantined:mail_unparsable"},
    {"a_thousand_levels", nested(1000), "logged; files part-1.bin; answers una@example.com",
     "deep | "},
};

struct outcome_of_mime : outcome_test {};

TEST_P(outcome_of_mime, is_that_of_the_table) {
  expect_as_in_table(*this, GetParam());
}

INSTANTIATE_TEST_SUITE_P(charset, outcome_of_mime, testing::ValuesIn(charsets), name_of_row);
INSTANTIATE_TEST_SUITE_P(content, outcome_of_mime, testing::ValuesIn(contents), name_of_row);
INSTANTIATE_TEST_SUITE_P(broken, outcome_of_mime, testing::ValuesIn(broken), name_of_row);

}  // namespace
}  // namespace postroom::actors::test
