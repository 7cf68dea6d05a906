#include "known.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace postroom::mail::agreement {

namespace {

constexpr std::string_view route =
    "an obsolete route says nothing about the mailbox (RFC 5322, 4.4)";
constexpr std::string_view blanks = "blanks around the dots of a domain go (RFC 5322, 4.4)";
constexpr std::string_view comment_alone = "a comment alone names nobody";
constexpr std::string_view local_name = "a word that is no address is a name";
constexpr std::string_view outer_ends =
    "an outer delimiter ends an inner multipart (RFC 2046, 5.1.2)";
constexpr std::string_view same_boundary = "two levels with one boundary still show their text";
constexpr std::string_view first_type = "the first of two Content-Type fields counts";
constexpr std::string_view no_part = "a multipart without a part is shown as the text it is";
constexpr std::string_view no_header = "bytes without any header are no mail";
constexpr std::string_view text_begins =
    "where no known field follows a line that is none, text begins";
constexpr std::string_view named_text = "a text with a file name is a file, but for the first";

struct row {
  std::string_view name, field, why;
};

/// Names end so; a mail with CR LF is known by the name of the same with LF.
constexpr std::array<row, 18> rows = {{
    {"malformed/003.json", "text", same_boundary},
    {"malformed/009.json", "text", outer_ends},
    {"malformed/011.json", "text", outer_ends},
    {"malformed/020.json", "text", first_type},
    {"address.json:11", "from name", comment_alone},
    {"address.json:13", "from address", route},
    {"address.json:14", "from address", blanks},
    {"malformedHeaderStartsBody-nocrlfcrlf.msg", "text", text_begins},
    {"hdr-fakeout.msg", "text", text_begins},
    {"malformedHeaderStartsBody-noheader.msg", "text", no_header},
    {"multipartnopart.msg", "text", no_part},
    {"cpython/msg_04.txt", "text", named_text},
    {"cpython/msg_05.txt", "from name", local_name},
    {"cpython/msg_05.txt", "from address", local_name},
    {"cpython/msg_17.txt", "text", no_part},
    {"cpython/msg_19.txt", "text", no_header},
    {"cpython/msg_25.txt", "text", no_part},
    {"cpython/msg_38.txt", "text", outer_ends},
}};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string_view known_difference(std::string_view name, std::string_view field) {
  static constexpr std::string_view crlf = ".crlf.json";
  std::string plain(name);
  if (ends_with(plain, crlf)) plain.replace(plain.size() - crlf.size(), crlf.size(), ".json");
  auto found = std::find_if(rows.begin(), rows.end(), [&](const row& r) {
    return r.field == field && ends_with(plain, r.name);
  });
  return found == rows.end() ? std::string_view{} : found->why;
}

}  // namespace postroom::mail::agreement
