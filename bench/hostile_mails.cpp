// What mails made to hurt cost: time of the processor, as parsing waits for nothing, and memory
// beside the mail itself. Fails when one is over its bound.
#include <malloc.h>

#include <cstdio>
#include <ctime>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mail/mail.hpp"
#include "mail/transfer.hpp"
#include "tests/support/peak_memory.hpp"

using namespace postroom::mail;

namespace {

constexpr double max_seconds = 2;
/// The mail itself is in memory once; as much again and this is the bound.
constexpr std::size_t max_extra = 32u << 20;

struct hostile_mail {
  const char* what;
  std::function<std::string()> make;
};

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

std::string numbered(std::string_view before, std::string_view after, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out.append(before).append(std::to_string(i)).append(after);
  return out;
}

const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n";
const std::string html = "Content-Type: text/html\n\n";

std::string nested(int levels) {
  std::string out;
  for (int i = 0; i < levels; ++i) {
    auto boundary = "b" + std::to_string(i);
    out += "Content-Type: multipart/mixed; boundary=" + boundary + "\n\n--" + boundary + "\n";
  }
  return out + "\ndeep\n";
}

std::string encoded(std::string_view encoding, std::string_view line, std::size_t bytes) {
  return "Content-Transfer-Encoding: " + std::string(encoding) + "\n\n" +
         repeated(line, bytes / line.size());
}

std::string attached(std::string_view type, std::string_view encoding, std::string_view line,
                     std::size_t bytes) {
  return mixed + "\ntext\n--b\nContent-Type: " + std::string(type) + "\n" +
         encoded(encoding, line, bytes) + "--b--\n";
}

std::string little(uint64_t value, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i, value >>= 8) out += static_cast<char>(value & 0xFF);
  return out;
}

/// A winmail.dat of many empty files.
std::string winmail(std::size_t files) {
  auto begins = "\x02" + little(0x00069002, 4) + little(0, 4) + little(0, 2);
  return mixed + "\n--b\nContent-Type: application/ms-tnef\n\n" + little(0x223E9F78, 4) +
         little(1, 2) + repeated(begins, files);
}

/// What encloses the content of signed data, of whatever length.
std::string opaque(std::string_view octets) {
  const std::string pkcs7 = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07";
  const std::string open = "\x30\x80", content = "\xA0\x80";
  return open + pkcs7 + "\x02" + content + open + "\x02\x01\x01\x31" + '\0' + open + pkcs7 +
         "\x01" + content + std::string(octets);
}

const std::string signed_type = "Content-Type: application/pkcs7-mime; smime-type=signed-data\n";
const std::string signed_in_base64 = signed_type + "Content-Transfer-Encoding: base64\n\n";

/// Signed data of about so many bytes, of which pieces hold a text.
std::string signed_mail(std::size_t bytes) {
  const auto piece = "\x04\x7F" + std::string(126, 'x') + "\n";
  return signed_in_base64 + encode_bytes(opaque("\x24\x80\x04\x1B"
                                                "Content-Type: text/plain\n\n\n" +
                                                repeated(piece, bytes / piece.size())));
}

/// Signed data in signed data, of which the innermost holds so many bytes.
std::string signed_often(int levels, std::size_t bytes) {
  auto out = "Content-Type: text/plain\n\n" + std::string(bytes, 'x');
  for (int i = 0; i < levels; ++i) {
    std::string octets = "\x04\x84";
    for (int shift = 24; shift >= 0; shift -= 8) octets += static_cast<char>(out.size() >> shift);
    out = signed_in_base64 + encode_bytes(opaque(octets + out));
  }
  return out;
}

const std::string base64_line = repeated("QUJD", 19) + "\n";
const std::string uu_line = "M" + repeated("0", 60) + "\n";

const std::vector<hostile_mail>& all() {
  static const std::vector<hostile_mail> made = {
      {"a text of 100 MB", [] { return "A: b\n\n" + repeated("a line of text\n", 6'666'667); }},
      {"one line of 100 MB", [] { return "A: b\n\n" + std::string(100'000'000, 'x'); }},
      {"100 MB without a line end", [] { return std::string(100'000'000, 'x'); }},
      {"50 MB of CR only", [] { return "A: b\r\r" + repeated("text\r", 10'000'000); }},
      {"10,000 attachments",
       [] {
         return mixed + "\ntext\n" +
                numbered("--b\nContent-Disposition: attachment; filename=", ".txt\n\nx\n", 10'000);
       }},
      {"100,000 tiny parts", [] { return mixed + repeated("\n--b\n", 100'000); }},
      {"1,000 nested multiparts", [] { return nested(1000); }},
      {"1,000 nested mails",
       [] { return repeated("Content-Type: message/rfc822\n\n", 1000) + "\ndeep\n"; }},
      {"a header of 10 MB", [] { return "Subject: " + std::string(10'000'000, 'x') + "\n\nx"; }},
      {"1,000,000 header lines", [] { return repeated("a:\n", 1'000'000) + "\nx"; }},
      {"1,000,000 broken header lines", [] { return "A: b\n" + repeated("a\n", 1'000'000); }},
      {"a part of broken header lines", [] { return mixed + repeated("a\nX-A: b\n", 1'000'000); }},
      {"100,000 recipients", [] { return "To: " + repeated("a@b.c, ", 100'000) + "\n\nx"; }},
      {"encoded words without an end",
       [] { return "To: " + repeated("=?a?q?", 500'000) + "\n\n"; }},
      {"encoded words in unknown charsets",
       [] { return "Subject: " + numbered("=?x-", "?q?=F6?= ", 100'000) + "\n\nx"; }},
      {"the same in 20 address lists",
       [] { return repeated("To: " + numbered("=?y-", "?q?=F6?=, ", 5000) + "\n", 20) + "\nx"; }},
      {"10,000 names in unknown charsets",
       [] {
         auto name = numbered("=?z-", "?q?=F6?= ", 500);
         return mixed + repeated("--b\nContent-Type: a/b; name=\"" + name + "\"\n\nx\n", 10'000);
       }},
      {"parameters",
       [] { return "Content-Type: a/b" + numbered("; n*", "*=%41", 100'000) + "\n\nx"; }},
      {"base64 of 100 MB", [] { return attached("a/b", "base64", base64_line, 100'000'000); }},
      {"a text in base64 of 50 MB", [] { return encoded("base64", base64_line, 50'000'000); }},
      {"quoted-printable of 100 MB",
       [] { return attached("a/b", "quoted-printable", "=41=42=\n", 100'000'000); }},
      {"uuencode of 100 MB in a text",
       [] {
         return "A: b\n\nbegin 644 a\n" + repeated(uu_line, 100'000'000 / uu_line.size()) + "end\n";
       }},
      {"100,000 uuencoded files",
       [] { return "A: b\n\n" + repeated("begin 644 a\n#0V%T\n`\nend\n", 100'000); }},
      {"a zip of 50 MB",
       [] { return attached("application/zip", "base64", base64_line, 50'000'000); }},
      {"1,000,000 files in a winmail.dat", [] { return winmail(1'000'000); }},
      {"a winmail.dat of 100 MB",
       [] { return attached("application/ms-tnef", "base64", base64_line, 100'000'000); }},
      {"75 MB signed as a whole, in pieces", [] { return signed_mail(75'000'000); }},
      {"a mail signed 20 times", [] { return signed_often(20, 100'000); }},
      {"a mail of 30 MB signed three times", [] { return signed_often(3, 30'000'000); }},
      {"50 MB of signed pieces of nothing",
       [] {
         return signed_type + "\n" + opaque(repeated(std::string("\x24\x80", 2), 25'000'000));
       }},
      {"1,000 signed parts",
       [] { return mixed + repeated("\n--b\n" + signed_often(1, 10'000), 1000); }},
      {"a mail of 100 MB in a mail",
       [] {
         return "Content-Type: message/rfc822\n\nContent-Type: text/html\n\n" +
                repeated("<p>text\n", 12'500'000);
       }},
      {"1,000,000 header lines of blanks",
       [] { return "Subject: x\n" + repeated(" \n", 1'000'000) + "\nx"; }},
      {"delimiters in a header",
       [] {
         return "Content-Type: multipart/mixed; boundary=x\n" + repeated("--b\nX-A: b\n", 300'000);
       }},
      {"50 MB of a calendar's description",
       [] {
         return "Content-Type: text/calendar\n\nBEGIN:VEVENT\nDESCRIPTION:x\n" +
                repeated(" and more\n", 5'000'000);
       }},
      {"html of 50 MB of open tags", [] { return html + repeated("<b>", 16'666'667); }},
      {"html of attributes", [] { return html + "<p " + numbered("a", " ", 2'000'000) + ">x"; }},
      {"html of open comments", [] { return html + repeated("<!-", 10'000'000); }},
      {"html of open quotes", [] { return html + repeated("<p a=\"", 5'000'000); }},
      {"a calendar of 50 MB",
       [] { return "Content-Type: text/calendar\n\n" + repeated("BEGIN:VEVENT\n", 4'000'000); }},
      {"unlabelled bytes of 50 MB",
       [] { return "A: b\n\n" + repeated("\xCF\xF0\xE8\xE2\xE5\xF2\n", 7'000'000); }},
  };
  return made;
}

/// Whether the mail stays within its bounds.
bool measure(const hostile_mail& m) {
  const auto raw = m.make();
  parse_limits limits;
  limits.max_html = 256u << 10;
  malloc_trim(0);
  std::optional<postroom::result<parsed_mail>> done;
  double seconds = 0;
  const auto extra = postroom::support::memory_of([&] {
    const auto start = std::clock();
    done = parse(raw, limits);
    seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  });
  const auto& parsed = *done;
  const bool within = seconds < max_seconds && extra < raw.size() + max_extra;
  std::printf("| %-36s | %6.1f | %6.3f | %6.1f | %-30s |%s\n", m.what,
              static_cast<double>(raw.size()) / 1e6, seconds,
              static_cast<double>(extra) / (1 << 20),
              parsed.ok() ? (std::to_string(parsed->attachments.size()) + " attachments").c_str()
                          : parsed.error().detail.c_str(),
              within ? "" : " OVER ITS BOUND");
  return within;
}

}  // namespace

int main() {
  // Else memory that is kept from one mail would hide what the next one takes.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  std::printf("| %-36s | %6s | %6s | %6s | %-30s |\n|---|---|---|---|---|\n", "mail", "MB", "s",
              "+ MiB", "result");
  bool good = true;
  for (const auto& m : all()) good = measure(m) && good;
  return good ? 0 : 1;
}
