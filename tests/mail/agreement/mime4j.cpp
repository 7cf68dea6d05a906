#include <algorithm>
#include <string_view>

#include "expected.hpp"
#include "mail/html_text.hpp"
#include "tests/mail/corpus.hpp"

namespace postroom::mail::agreement {

namespace {

std::string unescaped(std::string_view xml) {
  std::string out;
  while (!xml.empty()) {
    auto length = take_entity(xml.substr(0, 16), out);
    if (length == 0) out += xml[0], length = 1;
    xml.remove_prefix(length);
  }
  return out;
}

std::string lower(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return text;
}

/// The value of the attribute `name="..."` in a tag.
std::string attribute_of(std::string_view tag) {
  auto from = tag.find('"'), to = tag.rfind('"');
  return from == to ? std::string{} : std::string(tag.substr(from + 1, to - from - 1));
}

/// Walks the tags of one _decoded.xml in order; there is no other structure than these.
class reader {
 public:
  reader(const fs::path& folder, expected& out) : x_folder_(folder), x_out_(out) {}
  void run(std::string_view xml);

 private:
  struct level {
    std::string type;      ///< the Content-Type field in lower case
    bool is_file = false;  ///< by its Content-Disposition
  };
  void open(std::string_view tag);
  void close(std::string_view tag, std::string_view content);
  void field(const std::string& line);
  void text(const std::string& file);
  [[nodiscard]] bool is_read() const;

  const fs::path& x_folder_;
  expected& x_out_;
  std::vector<level> x_levels_;
  int x_messages_ = 0;
  bool x_missing_ = false;  ///< a file that is named and not there
  std::string x_text_;
};

void reader::field(const std::string& line) {
  auto colon = std::min(line.find(':'), line.size());
  auto name = lower(line.substr(0, colon));
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (name == "content-type") x_levels_.back().type = lower(value);
  if (name == "content-disposition")
    x_levels_.back().is_file = lower(value).find("attachment") != std::string::npos;
  bool plain = value.find("=?") == std::string::npos;
  if (x_levels_.size() == 1 && name == "subject" && plain && !x_out_.subject)
    x_out_.subject = value;
}

/// Whether the part is a text shown: no attached mail, no file, no other wording than plain.
bool reader::is_read() const {
  const auto& here = x_levels_.back();
  bool plain = here.type.empty() || here.type.find("text/plain") != std::string::npos;
  return x_messages_ == 1 && plain && !here.is_file;
}

void reader::text(const std::string& file) {
  if (!is_read()) return;
  x_missing_ |= !fs::exists(x_folder_ / file);
  x_text_ += read_file(x_folder_ / file) + "\n";
}

void reader::open(std::string_view tag) {
  if (tag == "message") ++x_messages_;
  if (tag == "message" || tag == "body-part") x_levels_.push_back({});
  if (tag.substr(0, 9) == "text-body") text(attribute_of(tag));
}

void reader::close(std::string_view tag, std::string_view content) {
  if (tag == "/field") field(unescaped(content.substr(content.find_first_not_of("\r\n"))));
  if (tag == "/message") --x_messages_;
  if (tag == "/message" || tag == "/body-part") x_levels_.pop_back();
}

void reader::run(std::string_view xml) {
  for (std::size_t at = xml.find('<'), after = 0; at != std::string_view::npos;) {
    auto end = xml.find('>', at);
    auto tag = xml.substr(at + 1, end - at - 1);
    if (tag[0] == '/')
      close(tag, xml.substr(after, at - after));
    else
      open(tag);
    after = end + 1;
    at = xml.find('<', after);
  }
  if (!x_missing_) x_out_.text = x_text_;
}

}  // namespace

std::vector<expected> mime4j(const fs::path& corpus) {
  static constexpr std::string_view ending = "_decoded.xml";
  std::vector<expected> out;
  auto folder = corpus / "mail" / "mime4j";
  if (!fs::exists(folder)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    auto path = entry.path().string();
    if (path.size() < ending.size() || path.substr(path.size() - ending.size()) != ending) continue;
    auto mail = path.substr(0, path.size() - ending.size()) + ".msg";
    if (!fs::exists(mail)) continue;
    expected e;
    e.group = "mime4j " + entry.path().parent_path().filename().string();
    e.name = fs::relative(mail, corpus).string();
    e.raw = read_file(mail);
    reader(entry.path().parent_path(), e).run(read_file(path));
    out.push_back(std::move(e));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace postroom::mail::agreement
