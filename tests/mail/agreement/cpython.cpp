#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "expected.hpp"
#include "mail/html_text.hpp"
#include "tests/mail/corpus.hpp"

namespace postroom::mail::agreement {

using nlohmann::json;

namespace {

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string out;
  char piece[4096];
  while (auto size = std::fread(piece, 1, sizeof piece, pipe)) out.append(piece, size);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + " failed");
  return out;
}

std::optional<std::string> optional_text(const json& value) {
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

std::string text_of(const json& texts) {
  std::string out;
  for (const auto& one : texts) {
    const auto text = one["text"].get<std::string>();
    out += (one["kind"] == "text/html" ? html_to_text(text, 1u << 20) : text) + "\n";
  }
  return out;
}

}  // namespace

std::vector<expected> cpython(const fs::path& corpus) {
  std::vector<expected> out;
  const auto folder = corpus / "mail" / "cpython";
  if (!fs::exists(folder)) return out;
  const std::string script = POSTROOM_SOURCE_DIR "/tests/mail/agreement/cpython.py";
  const auto mails =
      json::parse(output_of("/usr/bin/python3 -B '" + script + "' '" + folder.string() + "'"));
  for (const auto& mail : mails) {
    expected e;
    e.group = "cpython";
    e.name = "mail/cpython/" + mail["name"].get<std::string>();
    e.raw = read_file(folder / mail["name"].get<std::string>());
    e.subject = optional_text(mail["subject"]);
    e.from_name = optional_text(mail["from_name"]);
    e.from_addr = optional_text(mail["from_addr"]);
    e.text = text_of(mail["texts"]);
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace postroom::mail::agreement
