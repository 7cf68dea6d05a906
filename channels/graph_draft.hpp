#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "channels/graph_api.hpp"
#include "channels/graph_mime.hpp"
#include "channels/outbound.hpp"

namespace postroom::channels {

/// A mail for one recipient, ready for Graph.
struct graph_mail {
  std::string header;                          ///< names the recipient only
  std::shared_ptr<const std::string> message;  ///< as it was given
  std::string_view body;                       ///< of `message`
  [[nodiscard]] std::size_t size() const { return header.size() + body.size(); }
};

/// The most that goes as one request: 4 MB, of base64.
inline constexpr std::size_t max_whole_mail = 3'140'000;

/// What an answer means for a mail that was to be sent. An end that nobody knows and a failure of
/// the service concern this mail alone: it is tried again in its own time and given up one day.
send_report graph_report(const error& why);
send_report graph_report(const http_answer& answer);

/// Sends a mail as a draft: for what is too large for one request, and for who wants no copy among
/// the sent ones. Loop thread only; keeps itself alive until all is done. The draft is made of the
/// mail's MIME text without its files, then the files are attached, from 3 MiB on by an upload
/// session, and the draft is sent. What fails half way is deleted again.
class graph_draft final : public std::enable_shared_from_this<graph_draft> {
 public:
  graph_draft(event_loop& loop, std::shared_ptr<graph_api> api, std::string root, graph_mail mail,
              bool keep_copy, std::function<void(send_report)> done);

  void start();
  /// Nothing can be taken back any more.
  [[nodiscard]] bool past_the_end() const { return sending_; }
  /// Tells nobody, and deletes the draft.
  void abandon();

 private:
  using answer_fn = std::function<void(const http_answer&)>;

  void ask(graph_request request, answer_fn good);
  [[nodiscard]] send_report refused(const http_answer& answer) const;
  void create(const std::string& rest);
  void attach_next();
  void attach_whole(const mime_file& file);
  void begin_upload(const mime_file& file);
  void upload_next();
  void send();
  void sent(int status);
  void end(send_report report);
  void fail_with(send_report why);
  void find_out();
  void remove_draft();
  void find_sent_items();
  void remove_copy();
  bool try_later(void (graph_draft::*step)());
  [[nodiscard]] std::string path() const;

  event_loop& loop_;
  std::shared_ptr<graph_api> api_;
  std::string root_;
  graph_mail mail_;
  bool keep_copy_;
  std::function<void(send_report)> done_;
  std::vector<mime_file> files_;
  std::size_t at_ = 0;  ///< the file that is being attached
  std::string id_;
  std::string upload_url_;
  std::unique_ptr<file_reader> reader_;
  uint64_t uploaded_ = 0;
  graph_api::id request_ = 0;
  bool sending_ = false;
  send_report in_doubt_;  ///< how `send` ended, while it is asked whether the mail went out
  std::string sent_items_;
  unsigned tries_ = 0;  ///< of what may take a while
};

}  // namespace postroom::channels
