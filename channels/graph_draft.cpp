#include "channels/graph_draft.hpp"

#include <algorithm>
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/graph_json.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

/// Below it an upload session is refused, from it on a single request has no room for the file.
constexpr uint64_t smallest_upload = 3u << 20;
/// Of an upload session, at most 4 MB.
constexpr std::size_t range_bytes = 12 * (320u << 10);
/// What may take a while is tried at once, then 4, 16 and 64 s after the try before.
constexpr unsigned max_tries = 4;
constexpr duration first_pause{1'000};

/// Whether a request went out and no answer says what became of it.
bool is_unknown(const send_report& end) {
  const bool told = end.reply_code != 0 && end.reply_code < 500;
  return !told && !end.server_wide && !end.permanent;
}

}  // namespace

graph_draft::graph_draft(event_loop& loop, std::shared_ptr<graph_api> api, std::string root,
                         graph_mail mail, bool keep_copy, std::function<void(send_report)> done)
    : loop_(loop),
      api_(std::move(api)),
      root_(std::move(root)),
      mail_(std::move(mail)),
      keep_copy_(keep_copy),
      done_(std::move(done)) {}

std::string graph_draft::path() const {
  return root_ + "/messages/" + url_escape(id_);
}

void graph_draft::start() {
  if (mail_.size() <= max_whole_mail) return create(std::string(mail_.body));
  auto split = take_files_out(mail_.header, mail_.body);
  files_ = std::move(split.files);
  if (mail_.header.size() + split.rest.size() > max_whole_mail)
    return fail_with(graph_report(fail(ec::mail_too_large, "a text of more than 3 MB")));
  create(split.rest);
}

/// Each step's request; any other answer than 2xx ends the way.
void graph_draft::ask(graph_request request, answer_fn good) {
  request_ = api_->start(std::move(request),
                         [self = shared_from_this(), good = std::move(good)](auto got) {
                           self->request_ = 0;
                           if (!got) return self->fail_with(graph_report(got.error()));
                           if (got->status / 100 != 2) return self->fail_with(self->refused(*got));
                           good(*got);
                         });
}

/// Runs this step later, unless it was tried often enough.
bool graph_draft::try_later(void (graph_draft::*step)()) {
  if (tries_ == max_tries) return false;
  const auto pause = tries_ == 0 ? duration{0} : first_pause * (1u << (2 * tries_));
  ++tries_;
  loop_.after(pause, [self = shared_from_this(), step] { (self.get()->*step)(); });
  return true;
}

/// A draft that is gone, or its upload: the next try makes another, and other mails have theirs.
send_report graph_draft::refused(const http_answer& answer) const {
  auto out = graph_report(answer);
  if (!id_.empty() && out.code == ec::not_found) out.server_wide = false;
  return out;
}

void graph_draft::create(const std::string& rest) {
  graph_request request;
  request.method = "POST";
  request.target = root_ + "/messages";
  request.content_type = "text/plain";
  request.repeatable = false;
  request.body = std::make_shared<const std::string>(to_base64(mail_.header + rest));
  ask(std::move(request), [this](const http_answer& answer) {
    auto id = read_graph_text(answer.body, "id");
    if (!id) return fail_with(graph_report(id.error()));
    id_ = std::move(*id);
    attach_next();
  });
}

void graph_draft::attach_next() {
  if (at_ == files_.size()) return send();
  const auto& file = files_[at_];
  file.size < smallest_upload ? attach_whole(file) : begin_upload(file);
}

void graph_draft::attach_whole(const mime_file& file) {
  std::string base64(file.base64);
  std::erase_if(base64, [](char c) { return c <= ' '; });
  graph_request request;
  request.method = "POST";
  request.target = path() + "/attachments";
  request.repeatable = false;
  request.body =
      std::make_shared<const std::string>(write_graph_attachment(file.name, file.type, base64));
  ask(std::move(request), [this](const http_answer&) {
    ++at_;
    attach_next();
  });
}

void graph_draft::begin_upload(const mime_file& file) {
  graph_request request;
  request.method = "POST";
  request.target = path() + "/attachments/createUploadSession";
  request.body =
      std::make_shared<const std::string>(write_graph_upload(file.name, file.type, file.size));
  ask(std::move(request), [this](const http_answer& answer) {
    auto url = read_graph_text(answer.body, "uploadUrl");
    if (!url) return fail_with(graph_report(url.error()));
    if (!fit_for_upload(*url, api_->base()))
      return fail_with(graph_report(fail(ec::protocol_violation, "Graph: an upload without TLS")));
    upload_url_ = std::move(*url);
    reader_ = std::make_unique<file_reader>(files_[at_].base64);
    uploaded_ = 0;
    upload_next();
  });
}

/// The URL carries its own permission: the token stays here.
void graph_draft::upload_next() {
  const auto total = files_[at_].size;
  auto range = reader_->next(std::min<uint64_t>(range_bytes, total - uploaded_));
  if (range.empty())
    return fail_with(graph_report(fail(ec::mail_unparsable, "a file that is no base64")));
  const auto last = uploaded_ + range.size() - 1;
  graph_request request;
  request.method = "PUT";
  request.target = upload_url_;
  request.signed_in = false;
  request.repeatable = false;
  request.content_type = "application/octet-stream";
  request.headers.push_back("Content-Range: bytes " + std::to_string(uploaded_) + "-" +
                            std::to_string(last) + "/" + std::to_string(total));
  request.body = std::make_shared<const std::string>(std::move(range));
  ask(std::move(request), [this, last, total](const http_answer&) {
    uploaded_ = last + 1;
    if (uploaded_ < total) return upload_next();
    reader_.reset();
    ++at_;
    attach_next();
  });
}

void graph_draft::send() {
  sending_ = true;
  graph_request request;
  request.method = "POST";
  request.target = path() + "/send";
  request.repeatable = false;
  ask(std::move(request), [this](const http_answer& answer) { sent(answer.status); });
}

void graph_draft::sent(int status) {
  send_report report;
  report.reply_code = status;
  mail_ = {};
  files_.clear();
  tries_ = 0;
  end(std::move(report));
  if (!keep_copy_) find_sent_items();
}

void graph_draft::end(send_report report) {
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(report));
}

void graph_draft::fail_with(send_report why) {
  const auto self = shared_from_this();
  if (sending_ && is_unknown(why)) {
    in_doubt_ = std::move(why);
    return find_out();
  }
  remove_draft();
  end(std::move(why));
}

/// Whether the mail went out, although no answer said so: then it is no draft any more, or gone.
void graph_draft::find_out() {
  graph_request request;
  request.target = path() + "?$select=isDraft";
  api_->start(std::move(request), [self = shared_from_this()](const result<http_answer>& got) {
    const bool found = got && got->status / 100 == 2;
    const auto draft = found ? read_graph_flag(got->body, "isDraft") : std::nullopt;
    const bool gone = got && !found && graph_error(*got).code == ec::not_found;
    if (gone || draft == false) return self->sent(0);
    if (!draft && self->try_later(&graph_draft::find_out)) return;
    if (draft) self->remove_draft();
    self->end(std::move(self->in_doubt_));
  });
}

void graph_draft::abandon() {
  done_ = nullptr;
  if (request_ != 0) api_->cancel(std::exchange(request_, 0));
  remove_draft();
}

/// Nobody waits for it.
void graph_draft::remove_draft() {
  if (id_.empty()) return;
  graph_request request;
  request.method = "DELETE";
  request.target = path();
  api_->start(std::move(request), [self = shared_from_this()](const result<http_answer>& got) {
    if (!got || got->status >= 500) self->try_later(&graph_draft::remove_draft);
  });
}

// --- no copy among the sent mails ---

void graph_draft::find_sent_items() {
  graph_request request;
  request.target = root_ + "/mailFolders/sentitems?$select=id";
  api_->start(std::move(request), [self = shared_from_this()](const result<http_answer>& got) {
    if (!got || got->status / 100 != 2) return;
    auto folder = read_graph_folder(got->body);
    if (!folder) return;
    self->sent_items_ = std::move(folder->id);
    self->try_later(&graph_draft::remove_copy);
  });
}

/// Only from there: the mail still has its id while it is on its way out.
void graph_draft::remove_copy() {
  graph_request request;
  request.target = path() + "?$select=parentFolderId";
  api_->start(std::move(request), [self = shared_from_this()](const result<http_answer>& got) {
    if (!got) return;
    const auto place = got->status / 100 == 2 ? read_graph_text(got->body, "parentFolderId")
                                              : result<std::string>(fail(ec::not_found));
    if (place && *place == self->sent_items_) return self->remove_draft();
    self->try_later(&graph_draft::remove_copy);
  });
}

}  // namespace postroom::channels
