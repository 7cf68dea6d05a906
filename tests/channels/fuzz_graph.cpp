// libFuzzer: any bytes from a Graph service give a value or an error, and any mail of ours keeps
// its recipient alone and loses nothing but its files. The first byte chooses the reader.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "channels/graph_json.hpp"
#include "channels/graph_mime.hpp"
#include "channels/graph_notices.hpp"
#include "channels/graph_text.hpp"

namespace {

using namespace postroom::channels;

void read_json(std::string_view text) {
  if (const auto page = read_graph_page(text);
      page && page->next_link.empty() == page->delta_link.empty())
    std::abort();
  (void)read_graph_folder(text).ok();
  (void)read_graph_folders(text).ok();
  (void)read_graph_batch(text).ok();
  (void)read_graph_text(text, "id").ok();
  (void)read_graph_flag(text, "isDraft");
  (void)read_graph_subscription(text).ok();
  for (const auto& note : read_graph_notes(text))
    if (note.client_state.empty() || note.client_state.size() > 128) std::abort();
  const auto said = read_graph_refusal(text);
  if (said.code.size() > 100 || said.message.size() > 400) std::abort();
  (void)graph_error(404, said.code);
}

/// What is echoed to whoever asks: short, and no markup.
void read_validation(const std::string& query) {
  const auto token = graph_notices::validation_answer(query);
  if (!token) return;
  if (token->size() > 2'048 || token->find_first_of("<>\r\n") != token->npos) std::abort();
}

void read_mail(std::string_view text) {
  const auto size = header_size(text);
  const auto header = header_for_one(text.substr(0, size), "a@b.c");
  if (header_for_one(header, "a@b.c") != header) std::abort();
  const auto body = text.substr(size);
  const auto split = take_files_out(header, body);
  if (split.rest.size() > body.size()) std::abort();
  for (const auto& file : split.files) {
    file_reader reader(file.base64);
    uint64_t got = 0;
    for (auto piece = reader.next(1'000); !piece.empty(); piece = reader.next(1'000))
      got += piece.size();
    if (got > file.base64.size()) std::abort();
  }
  if (split.files.empty() && split.rest != body) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      read_json(text);
      break;
    case 1:
      read_mail(text);
      break;
    default:
      (void)retry_after(text, postroom::from_millis(0));
      read_validation(text);
      (void)same_origin(text, "https://graph.microsoft.com/v1.0");
      (void)well_known_folder(text);
      (void)write_graph_upload(text, text, size);
      (void)write_graph_subscription(text, text, text, {});
      (void)write_graph_batch({{"GET", text, text}});
  }
  return 0;
}
