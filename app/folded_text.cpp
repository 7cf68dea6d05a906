#include "app/folded_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "partitions/text.hpp"

namespace postroom::app {
namespace {

using admin::v1::FoldedText;

uint32_t lines_in(std::string_view text) {
  const auto ends = std::count(text.begin(), text.end(), '\n');
  return static_cast<uint32_t>(ends + (text.empty() || text.ends_with('\n') ? 0 : 1));
}

/// Nothing is folded: both counts are 0. `Record` is a call or an update.
template <class Record>
FoldedText fold(Record& record) {
  const std::string_view text = record.text();
  const auto part = [&](std::size_t at, std::size_t otherwise) {
    return at > 0 && at < otherwise ? at : otherwise;
  };
  const auto quoted = part(record.quoted_at(), text.size());
  const auto signature = part(record.signature_at(), quoted);
  FoldedText out;
  if (partitions::text::trim(text.substr(0, signature)).empty()) return out;
  out.set_signature_lines(lines_in(text.substr(signature, quoted - signature)));
  out.set_quoted_lines(lines_in(text.substr(quoted)));
  record.mutable_text()->resize(signature);
  record.clear_signature_at();  // both are places in the whole text
  record.clear_quoted_at();
  return out;
}

template <class Record>
void fold_into(admin::v1::GetCallResponse& response, uint32_t update, Record& record) {
  auto folded = fold(record);
  if (folded.signature_lines() + folded.quoted_lines() == 0) return;
  folded.set_update(update);
  *response.add_folded() = std::move(folded);
}

std::string counted(uint32_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace

void fold_texts(admin::v1::GetCallResponse& response) {
  fold_into(response, 0, *response.mutable_call());
  for (auto& update : *response.mutable_updates()) fold_into(response, update.sequence(), update);
}

std::string folded_words(const FoldedText& folded) {
  std::string out;
  if (const auto n = folded.signature_lines(); n > 0)
    out = counted(n, "line of the signature", "lines of the signature");
  if (const auto n = folded.quoted_lines(); n > 0)
    out += (out.empty() ? "" : " and ") + counted(n, "quoted line", "quoted lines");
  const bool one = folded.signature_lines() + folded.quoted_lines() == 1;
  return out + (one ? " is" : " are") + " folded: --full shows " + (one ? "it" : "them");
}

}  // namespace postroom::app
