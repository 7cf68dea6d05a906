#include "known.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace postroom::mail::agreement {

namespace {

constexpr reason comment{"a comment is no part of a name (RFC 5322, 3.4)", true};
constexpr reason route{"an obsolete route says nothing about the mailbox (RFC 5322, 4.4)", true};
constexpr reason blanks{"blanks around the dots of a domain go (RFC 5322, 4.4)", true};
constexpr reason no_domain{"an address without a domain is a name to us", true};
constexpr reason one_wording{"of an alternative one wording is shown", true};
constexpr reason enriched{"enriched text is text", true};
constexpr reason outer_ends{"an outer delimiter ends an inner multipart (RFC 2046, 5.1.2)", true};
constexpr reason same_boundary{"two levels with one boundary still show their text", true};
constexpr reason ended{"a delimiter of a multipart that has ended is text", true};
constexpr reason first_type{"the first of two Content-Type fields counts", true};
constexpr reason no_part{"a multipart without a part is shown as the text it is", true};
constexpr reason no_header{"bytes without any header are no mail", true};
constexpr reason text_begins{"where no known field follows a line that is none, text begins", true};
constexpr reason joined{"no blank is invented before an encoded word", true};
constexpr reason folded_comment{"a comment with a quoted line end hides the address", false};
constexpr reason name_behind{"a name behind the address is not read", false};

struct row {
  std::string_view name, field;
  reason why;
};

/// Names end so; a mail with CR LF is known by the name of the same with LF.
constexpr std::array<row, 26> rows = {{
    {"malformed/001.json", "text", ended},
    {"malformed/003.json", "text", same_boundary},
    {"malformed/009.json", "text", outer_ends},
    {"malformed/011.json", "text", outer_ends},
    {"malformed/020.json", "text", first_type},
    {"rfc/000.json", "text", enriched},
    {"thirdparty/001.json", "text", one_wording},
    {"thirdparty/007.json", "from address", no_domain},
    {"unstructured.json:21", "subject", joined},
    {"unstructured.json:27", "subject", joined},
    {"unstructured.json:28", "subject", joined},
    {"address.json:8", "from name", comment},
    {"address.json:9", "from name", folded_comment},
    {"address.json:9", "from address", folded_comment},
    {"address.json:10", "from name", comment},
    {"address.json:11", "from name", comment},
    {"address.json:13", "from address", route},
    {"address.json:14", "from name", comment},
    {"address.json:14", "from address", blanks},
    {"address.json:22", "from name", comment},
    {"address.json:55", "from name", name_behind},
    {"address.json:56", "from name", comment},
    {"malformedHeaderStartsBody-nocrlfcrlf.msg", "text", text_begins},
    {"hdr-fakeout.msg", "text", text_begins},
    {"malformedHeaderStartsBody-noheader.msg", "text", no_header},
    {"multipartnopart.msg", "text", no_part},
}};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

reason known_difference(std::string_view name, std::string_view field) {
  static constexpr std::string_view crlf = ".crlf.json";
  std::string plain(name);
  if (ends_with(plain, crlf)) plain.replace(plain.size() - crlf.size(), crlf.size(), ".json");
  auto found = std::find_if(rows.begin(), rows.end(), [&](const row& r) {
    return r.field == field && ends_with(plain, r.name);
  });
  return found == rows.end() ? reason{} : found->why;
}

}  // namespace postroom::mail::agreement
