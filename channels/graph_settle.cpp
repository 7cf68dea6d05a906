// What becomes of mails on the server: up to 20 of them with one request.
#include <algorithm>
#include <utility>

#include "channels/event_loop.hpp"
#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"

namespace postroom::channels {
namespace {

/// What Graph allows.
constexpr std::size_t max_batch = 20;
/// Rounds in which a mail may be told to come back later.
constexpr unsigned max_rounds = 6;

bool is_busy(int status) {
  return status == 429 || status == 503 || status == 504 || status == 424;
}

}  // namespace

struct graph_session::settle_job {
  std::vector<std::string> ids;  ///< still to be done
  after_commit action = after_commit::leave;
  std::string folder;
  std::string folder_id;
  done_fn<void> done;
  std::size_t in_batch = 0;
  unsigned rounds = 0;               ///< in which some were refused for now
  std::vector<std::string> missed;   ///< not found: the mail, or the folder to move it to
  bool looked_again = false;         ///< for that folder
  std::optional<error> first_error;  ///< of one mail; the others are done all the same
};

void graph_session::settle(std::vector<listed_mail> mails, after_commit action, std::string folder,
                           done_fn<void> done) {
  if (ended_) return done(*ended_);
  end_wait({});
  const auto job = std::make_shared<settle_job>();
  if (action != after_commit::leave)
    for (auto& mail : mails) job->ids.push_back(std::move(mail.uidl));
  job->action = action;
  job->folder = std::move(folder);
  job->done = calls_.add(std::move(done));
  settles_.push_back(job);
  if (settles_.size() == 1) next_settle();
}

void graph_session::next_settle() {
  if (settles_.empty() || ended_) return;
  const auto job = settles_.front();
  if (job->action != after_commit::move || job->ids.empty()) return settle_some(job);
  if (const auto name = well_known_folder(job->folder)) {
    job->folder_id = *name;  // as good as an id
    return settle_some(job);
  }
  const auto known = targets_.find(job->folder);
  if (known != targets_.end()) {
    job->folder_id = known->second;
    return settle_some(job);
  }
  find_folder(job->folder, true, [this, job](result<graph_folder> found) {
    if (!found) {
      job->first_error = found.error();
      job->ids.clear();
    } else {
      job->folder_id = targets_[job->folder] = found->id;
    }
    settle_some(job);
  });
}

/// The service says the same of a mail that is gone and of a folder that somebody deleted since we
/// looked it up. Where the folder is another one now, the mails are asked for once more.
void graph_session::look_again(const std::shared_ptr<settle_job>& job) {
  job->looked_again = true;
  find_folder(job->folder, true, [this, job](result<graph_folder> found) {
    const auto missed = std::exchange(job->missed, {});
    if (!found) {
      if (ends_session(found.error())) return stop(found.error());
      if (!job->first_error) job->first_error = found.error();
    } else if (found->id != job->folder_id) {
      job->folder_id = targets_[job->folder] = found->id;
      job->ids = missed;
    }
    settle_some(job);
  });
}

void graph_session::settle_some(const std::shared_ptr<settle_job>& job) {
  if (job->ids.empty()) {
    const bool in_doubt = job->action == after_commit::move && !job->missed.empty() &&
                          !job->looked_again && !well_known_folder(job->folder);
    return in_doubt ? look_again(job) : end_settle(job);
  }
  const auto count = std::min(job->ids.size(), max_batch);
  count == 1 ? settle_one(job) : settle_batch(job, count);
}

graph_part_request graph_session::request_for(const settle_job& job, const std::string& id) const {
  const auto path = message_path(id);
  switch (job.action) {
    case after_commit::mark_seen:
      return {"PATCH", path, R"({"isRead":true})"};
    case after_commit::move:
      return {"POST", path + "/move", write_graph_text("destinationId", job.folder_id)};
    default:
      // Not DELETE, which takes a mail out of Deleted Items for good when its answer was lost and
      // it is repeated.
      return {"POST", path + "/move", write_graph_text("destinationId", "deleteditems")};
  }
}

void graph_session::settle_one(const std::shared_ptr<settle_job>& job) {
  auto part = request_for(*job, job->ids.back());
  graph_request request;
  request.method = std::move(part.method);
  request.target = std::move(part.target);
  if (!part.body.empty()) request.body = std::make_shared<const std::string>(std::move(part.body));
  api_->start(std::move(request), held([this, job](result<http_answer> got) {
                auto id = std::move(job->ids.back());
                job->ids.pop_back();
                if (got && got->status / 100 != 2) got = graph_error(*got);
                if (got.code() == ec::not_found) {
                  job->missed.push_back(std::move(id));
                } else if (!got) {
                  if (ends_session(got.error())) return stop(got.error());
                  if (!job->first_error) job->first_error = got.error();
                }
                settle_some(job);
              }));
}

/// To the service a batch is as many requests as it holds, and it carries several out at once.
void graph_session::settle_batch(const std::shared_ptr<settle_job>& job, std::size_t count) {
  std::vector<graph_part_request> parts;
  job->in_batch = count;
  for (std::size_t i = 0; i < count; ++i)
    parts.push_back(request_for(*job, job->ids[job->ids.size() - count + i]));
  graph_request request;
  request.method = "POST";
  request.target = "/$batch";
  request.weight = static_cast<unsigned>(std::min<std::size_t>(count, api_->max_requests()));
  request.count = static_cast<unsigned>(count);
  request.body = std::make_shared<const std::string>(write_graph_batch(parts));
  api_->start(std::move(request),
              held([this, job](result<http_answer> got) { on_batch(job, std::move(got)); }));
}

void graph_session::on_batch(const std::shared_ptr<settle_job>& job, result<http_answer> got) {
  if (got && got->status / 100 != 2) got = graph_error(*got);
  auto parts = got ? read_graph_batch(got->body) : result<std::vector<graph_part>>(got.error());
  if (!parts) {
    if (ends_session(parts.error())) return stop(parts.error());
    job->first_error = parts.error();
    job->ids.clear();
    return settle_some(job);
  }
  const auto first = job->ids.end() - static_cast<std::ptrdiff_t>(job->in_batch);
  std::vector<std::string> asked(first, job->ids.end()), again;
  std::vector<bool> answered(asked.size());
  job->ids.erase(first, job->ids.end());
  std::optional<duration> wait;
  for (const auto& part : *parts) {
    if (part.number >= asked.size() || answered[part.number]) continue;
    answered[part.number] = true;
    if (part.status / 100 == 2) continue;
    const auto why = graph_error(part.status, part.code);
    if (why.code == ec::not_found) {
      job->missed.push_back(asked[part.number]);
    } else if (is_busy(part.status) && job->rounds + 1 < max_rounds) {
      again.push_back(asked[part.number]);
      if (const auto told = retry_after(part.retry_after, system_now()))
        wait = std::max(wait.value_or(*told), *told);
    } else if (!job->first_error) {
      job->first_error = why;
    }
  }
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (!answered[i] && !job->first_error)
      job->first_error = fail(ec::protocol_violation, "Graph: a batch with too few answers");
  if (!again.empty()) {
    ++job->rounds;
    api_->pause(wait);
    job->ids.insert(job->ids.end(), again.begin(), again.end());
  }
  settle_some(job);
}

void graph_session::end_settle(const std::shared_ptr<settle_job>& job) {
  const auto self = shared_from_this();
  settles_.pop_front();
  if (job->first_error && job->action == after_commit::move) targets_.erase(job->folder);
  job->done(job->first_error ? result<void>(*job->first_error) : result<void>());
  if (!ended_) next_settle();
}

}  // namespace postroom::channels
