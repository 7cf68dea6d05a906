#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// What other parsers' own test suites expect of their mails, beside which our reading is held.
namespace postroom::mail::agreement {

/// One mail or header line. What is absent is not compared.
struct expected {
  std::string group;  ///< the class it counts for
  std::string name;   ///< path below the corpus, or the table and the number of the row
  std::string raw;
  std::optional<std::string> subject, from_name, from_addr, text;
};

/// Mails with a .json beside them, each once more with CR LF, and the tables of header lines.
std::vector<expected> stalwart(const std::filesystem::path& corpus);

/// Mails with an _decoded.xml beside them, which names the files of their decoded texts.
std::vector<expected> mime4j(const std::filesystem::path& corpus);

/// The mails of CPython's tests. What these expect is code, so Python's package `email` is asked.
std::vector<expected> cpython(const std::filesystem::path& corpus);

}  // namespace postroom::mail::agreement
