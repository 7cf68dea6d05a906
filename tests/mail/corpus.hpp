#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

/// Mails from public test suites that some checkouts have beside them; never copied into this one.
namespace fs = std::filesystem;

inline fs::path corpus() {
  const char* given = std::getenv("POSTROOM_CORPUS");
  return given ? fs::path(given) : fs::path(POSTROOM_SOURCE_DIR) / ".." / "shared" / "corpus";
}

inline bool has_corpus() {
  return fs::exists(corpus() / "manifest.tsv");
}

/// The fields of a line between TABs.
inline std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) out.push_back(cell);
  return out;
}

/// A mail that manifest.tsv (path, set, kind, ..., dup, ..., tags) names.
struct corpus_mail {
  fs::path path;
  bool is_copy = false;  ///< of one named before, with other line ends
  std::string features;  ///< " dsn html "
  [[nodiscard]] bool has(const std::string& feature) const {
    return features.find(' ' + feature + ' ') != std::string::npos;
  }
};

inline std::vector<corpus_mail> corpus_mails() {
  std::vector<corpus_mail> out;
  std::ifstream manifest(corpus() / "manifest.tsv");
  for (std::string line; std::getline(manifest, line);) {
    auto cells = columns(line);
    cells.resize(16);
    if (cells[2] != "msg" || cells[0].rfind("mail/", 0) != 0) continue;
    for (auto& c : cells[15]) c = c == ',' ? ' ' : c;
    out.push_back({corpus() / cells[0], !cells[12].empty(), ' ' + cells[15] + ' '});
  }
  return out;
}

/// The files that the manifest (path, set, kind, ...) says are of this kind.
inline std::vector<fs::path> files_of(const std::string& kind) {
  std::vector<fs::path> out;
  std::ifstream manifest(corpus() / "manifest.tsv");
  for (std::string line; std::getline(manifest, line);) {
    const auto cells = columns(line);
    if (cells.size() > 2 && cells[2] == kind && cells[0].rfind("mail/", 0) == 0)
      out.push_back(corpus() / cells[0]);
  }
  return out;
}

/// The files that the manifest calls mails.
inline std::vector<fs::path> mails() {
  std::vector<fs::path> out;
  for (auto& m : corpus_mails()) out.push_back(std::move(m.path));
  return out;
}

inline std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The mail as a server hands it out: some files have lost their line feeds.
inline std::string as_delivered(const fs::path& path) {
  auto raw = read_file(path);
  if (raw.find('\n') == std::string::npos) std::replace(raw.begin(), raw.end(), '\r', '\n');
  return raw;
}
