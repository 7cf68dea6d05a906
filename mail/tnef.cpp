#include "mail/tnef.hpp"

#include "mail/charset.hpp"
#include "mail/html_text.hpp"
#include "mail/mapi.hpp"
#include "mail/rtf.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr uint32_t signature = 0x223E9F78;
/// HTML and RTF have this many times the bytes of their text, as far as we look.
constexpr std::size_t markup_overhead = 8;

/// Attributes of MS-OXTNEF 2.1.3.3.
constexpr uint32_t att_body = 0x0002800C, att_properties = 0x00069003, att_code_page = 0x00069007,
                   att_file_begins = 0x00069002, att_file_title = 0x00018010,
                   att_file_data = 0x0006800F, att_file_properties = 0x00069005;

/// Properties of MS-OXPROPS.
constexpr uint16_t pr_body = 0x1000, pr_rtf = 0x1009, pr_html = 0x1013, pr_code_page = 0x3FDE,
                   pr_display_name = 0x3001, pr_data = 0x3701, pr_short_name = 0x3704,
                   pr_long_name = 0x3707, pr_mime_type = 0x370E, pr_content_id = 0x3712;

uint64_t number_of(std::string_view value) {
  return byte_reader(value).number(std::min<std::size_t>(value.size(), 4));
}

uint16_t checksum(std::string_view bytes) {
  uint32_t sum = 0;
  for (char c : bytes) sum += static_cast<unsigned char>(c);
  return static_cast<uint16_t>(sum);
}

void set_data(tnef_file& file, std::string_view data) {
  file.data = data;
  file.size = data.size();
}

class reader {
 public:
  reader(std::size_t max_text, std::size_t max_files)
      : x_max_text_(max_text), x_max_files_(max_files) {}
  std::optional<tnef_content> run(std::string_view bytes);

 private:
  void attribute(uint32_t id, std::string_view value);
  void message_property(const mapi_property& p);
  void file_property(const mapi_property& p);
  void finish_text();
  [[nodiscard]] tnef_file* file() {
    return x_skipped_ || x_out_.files.empty() ? nullptr : &x_out_.files.back();
  }

  std::size_t x_max_text_, x_max_files_;
  tnef_content x_out_;
  std::string x_charset_ = "windows-1252";
  std::string x_html_charset_;
  std::string_view x_html_, x_rtf_;
  bool x_skipped_ = false;    ///< the file at hand is one too many
  bool x_long_name_ = false;  ///< the file's long name is known
};

void reader::message_property(const mapi_property& p) {
  if (p.id == pr_body && x_out_.text.empty()) x_out_.text = text_of(p, x_charset_);
  if (p.id == pr_html) x_html_ = p.value;
  if (p.id == pr_rtf) x_rtf_ = p.value;
  if (p.id == pr_code_page) x_html_charset_ = "cp" + std::to_string(number_of(p.value));
}

void reader::file_property(const mapi_property& p) {
  auto* f = file();
  if (!f) return;
  auto set = [&](std::string& to) {
    if (auto text = text_of(p, x_charset_); !text.empty()) to = std::move(text);
  };
  if (p.id == pr_long_name) set(f->name), x_long_name_ = true;
  if ((p.id == pr_short_name || p.id == pr_display_name) && f->name.empty()) set(f->name);
  if (p.id == pr_mime_type) set(f->content_type);
  if (p.id == pr_content_id) set(f->content_id);
  // An object begins with the 16 bytes that say what it is.
  if (p.id == pr_data) set_data(*f, p.value.substr(std::min<std::size_t>(p.value.size(), 16)));
}

void reader::attribute(uint32_t id, std::string_view value) {
  if (id == att_code_page) x_charset_ = "cp" + std::to_string(number_of(value));
  if (id == att_body) {
    auto text = to_utf8(value.substr(0, x_max_text_ * 4), x_charset_);
    x_out_.text = text.substr(0, text.find('\0'));
  }
  if (id == att_properties)
    each_property(value, [&](const mapi_property& p) { message_property(p); });
  if (id == att_file_begins) {
    x_skipped_ = x_out_.files.size() >= x_max_files_;
    x_long_name_ = false;
    if (!x_skipped_) x_out_.files.emplace_back();
  }
  auto* f = file();
  if (!f) return;
  if (id == att_file_title && !x_long_name_) {
    auto text = to_utf8(value, x_charset_);
    f->name = text.substr(0, text.find('\0'));
  }
  if (id == att_file_data) set_data(*f, value);
  if (id == att_file_properties)
    each_property(value, [&](const mapi_property& p) { file_property(p); });
}

void reader::finish_text() {
  x_out_.html = to_utf8(x_html_.substr(0, x_max_text_ * markup_overhead), x_html_charset_);
  const bool has_text = x_out_.text.find_first_not_of(" \t\r\n") != std::string::npos;
  if (!has_text && !x_html_.empty())
    x_out_.text = html_to_text(x_out_.html, x_max_text_);
  else if (!has_text && !x_rtf_.empty())
    x_out_.text = rtf_to_text(decompress_rtf(x_rtf_, x_max_text_ * markup_overhead), x_max_text_);
  x_out_.text = clean_text(x_out_.text);
}

std::optional<tnef_content> reader::run(std::string_view bytes) {
  byte_reader in(bytes);
  if (in.number(4) != signature) return std::nullopt;
  in.number(2);  // a key that nothing refers to
  while (!in.at_end()) {
    auto level = in.number(1);
    if (level != 1 && level != 2) break;  // some programs leave garbage at the end
    auto id = static_cast<uint32_t>(in.number(4));
    auto value = in.bytes(static_cast<std::size_t>(in.number(4)));
    auto sum = in.number(2);
    x_out_.is_whole = in.ok() && sum == checksum(value);
    if (!x_out_.is_whole) break;
    attribute(id, value);
  }
  finish_text();
  return std::move(x_out_);
}

}  // namespace

std::optional<tnef_content> read_tnef(std::string_view bytes, std::size_t max_text,
                                      std::size_t max_files) {
  return reader(max_text, max_files).run(bytes);
}

}  // namespace postroom::mail
