#include <algorithm>
#include <nlohmann/json.hpp>

#include "expected.hpp"
#include "mail/html_text.hpp"
#include "tests/mail/corpus.hpp"

namespace postroom::mail::agreement {

using nlohmann::json;

namespace {

std::string with_crlf(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n' && (out.empty() || out.back() != '\r')) out += '\r';
    out += c;
  }
  return out;
}

std::string text_or_empty(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string{};
}

/// The first mailbox of `{"List": [..]}` or `{"Group": [{"addresses": [..]}, ..]}` that has one.
const json* first_mailbox(const json& addresses) {
  static const json none = json::array();
  if (addresses.contains("List")) {
    const auto& list = addresses["List"];
    return list.empty() ? nullptr : &list[0];
  }
  const auto& groups = addresses.contains("Group") ? addresses["Group"] : none;
  for (const auto& group : groups)
    if (!group["addresses"].empty()) return &group["addresses"][0];
  return nullptr;
}

void expect_from(const json& addresses, expected& out) {
  const auto* first = first_mailbox(addresses);
  out.from_name = first ? text_or_empty((*first)["name"]) : "";
  out.from_addr = first ? text_or_empty((*first)["address"]) : "";
}

void expect_header(const json& headers, expected& out) {
  for (const auto& field : headers) {
    const auto& value = field["value"];
    if (field["name"] == "subject" && value.contains("Text"))
      out.subject = value["Text"].get<std::string>();
    if (field["name"] == "from" && value.contains("Address")) expect_from(value["Address"], out);
  }
}

std::string body_text(const json& mail) {
  std::string out;
  for (const auto& index : mail["text_body"]) {
    const auto& body = mail["parts"][index.get<std::size_t>()]["body"];
    if (body.contains("Text")) out += body["Text"].get<std::string>() + "\n";
    if (body.contains("Html"))
      out += html_to_text(body["Html"].get<std::string>(), 1u << 20) + "\n";
  }
  return out;
}

void add_mail(const fs::path& file, const fs::path& corpus, std::vector<expected>& out) {
  auto mail = json::parse(read_file(file));
  auto base = file.string().substr(0, file.string().size() - 5);
  bool crlf = base.size() > 5 && base.substr(base.size() - 5) == ".crlf";
  if (crlf) base.resize(base.size() - 5);
  if (!fs::exists(base + ".eml")) return;
  expected e;
  e.group = "stalwart " + file.parent_path().filename().string();
  e.name = fs::relative(file, corpus).string();
  e.raw = read_file(base + ".eml");
  if (crlf) e.raw = with_crlf(e.raw);
  expect_header(mail["parts"][0]["headers"], e);
  e.text = body_text(mail);
  out.push_back(std::move(e));
}

/// The values of List-* fields are URLs: they are no senders.
bool is_list_url(const std::string& header) {
  for (const auto* word : {"<http:", "<mailto:", "<ftp:", "NO ("})
    if (header.find(word) != std::string::npos) return true;
  return false;
}

void add_table(const fs::path& file, const std::string& field, std::vector<expected>& out) {
  if (!fs::exists(file)) return;
  auto rows = json::parse(read_file(file));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_list_url(rows[i]["header"].get<std::string>())) continue;
    expected e;
    e.group = "stalwart " + field;
    e.name = file.filename().string() + ":" + std::to_string(i);
    e.raw = field + ":" + rows[i]["header"].get<std::string>();
    if (field == "Subject")
      e.subject = rows[i]["expected"].get<std::string>();
    else
      expect_from(rows[i]["expected"], e);
    out.push_back(std::move(e));
  }
}

}  // namespace

std::vector<expected> stalwart(const fs::path& corpus) {
  std::vector<expected> out;
  auto folder = corpus / "mail" / "stalwart-mail-parser";
  if (!fs::exists(folder)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".json" && entry.path().parent_path() != folder)
      add_mail(entry.path(), corpus, out);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  add_table(folder / "unstructured.json", "Subject", out);
  add_table(folder / "address.json", "From", out);
  return out;
}

}  // namespace postroom::mail::agreement
