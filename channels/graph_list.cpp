// What the folder holds, by the delta function of its messages.
#include <algorithm>
#include <utility>

#include "channels/graph_session.hpp"
#include "channels/graph_text.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {
namespace {

/// Of one listing; more is a service that goes round in circles.
constexpr std::size_t max_pages = 1'000;
/// What Graph allows.
constexpr std::size_t max_page_size = 1'000;
/// Ids remembered of one round, so that none is listed twice; 150 bytes each.
constexpr std::size_t max_seen = 20'000;

/// Whether an answer may mean that the link is no good, of a folder that is made anew or of another
/// mailbox, when the session has just found its own folder.
bool refuses_link(int status) {
  return status == 400 || status == 403 || status == 404;
}

}  // namespace

struct graph_session::list_job {
  uint64_t after = 0;
  std::size_t max = 0;
  done_fn<listing> done;
  listing out;
  std::string link;
  std::unordered_set<std::string> seen;  ///< in this listing
  std::size_t pages = 0;
  bool first = false;  ///< the link is ours: the first page of the mailbox
  bool round_done = false;
};

void graph_session::resume(std::string position) {
  position_ = std::move(position);
  resumed_ = within_round_ = true;
}

void graph_session::list(uint64_t after, std::size_t max, done_fn<listing> done) {
  if (ended_) return done(*ended_);
  end_wait({});
  const auto job = std::make_shared<list_job>();
  job->after = after;
  job->max = std::max<std::size_t>(max, 1);
  job->done = calls_.add(std::move(done));
  lists_.push_back(job);
  if (lists_.size() == 1) next_list();
}

void graph_session::next_list() {
  while (!lists_.empty() && !ended_) {
    const auto job = lists_.front();
    if (!opened_) return fail_list(job, fail(ec::internal, "listed before it was opened"));
    if (job->after == 0) {
      seen_.clear();
      seen_before_.clear();
      job->first = true;
      job->link = first_link();
    } else if (!same_origin(position_, api_->base())) {
      return fail_list(
          job, fail(ec::position_lost, position_.empty() ? "nothing was listed before"
                                                         : "the position is of another service"));
    } else {
      job->link = position_;
    }
    begin_list(job);
    return;
  }
}

/// What was heard of before the round begins is in it.
void graph_session::begin_list(const std::shared_ptr<list_job>& job) {
  listed_ = true;
  if (job->first || !within_round_) news_.reset();
  ask_page(job);
}

/// All parameters are in the links that come back.
std::string graph_session::first_link() const {
  std::string link = root_ + "/mailFolders/" + url_escape(folder_id_) +
                     "/messages/delta?changeType=created&$select=receivedDateTime";
  if (sizes_told_)
    link += "&$expand=singleValueExtendedProperties($filter=id%20eq%20'Integer%200x0E08')";
  return link;
}

void graph_session::ask_page(const std::shared_ptr<list_job>& job) {
  graph_request request;
  request.target = job->link;
  request.prefer = "odata.maxpagesize=" + std::to_string(std::min(job->max, max_page_size));
  api_->start(std::move(request),
              held([this, job](result<http_answer> got) { on_page(job, std::move(got)); }));
}

void graph_session::on_page(const std::shared_ptr<list_job>& job, result<http_answer> got) {
  if (!got) return fail_list(job, got.error());
  if (got->status / 100 != 2) {
    const bool refused = got->status == 400 || got->status == 500 || got->status == 501;
    if (job->first && job->pages == 0 && sizes_told_ && refused) {
      sizes_told_ = false;  // a service that cannot expand here
      job->link = first_link();
      return ask_page(job);
    }
    auto why = graph_error(*got);
    if (resumed_ && !job->first && refuses_link(got->status)) why.code = ec::position_lost;
    if (why.code == ec::not_found) why.code = ec::mailbox_missing;
    return fail_list(job, why);
  }
  auto page = read_graph_page(got->body);
  if (!page) return fail_list(job, page.error());
  const auto link = page->next_link.empty() ? page->delta_link : page->next_link;
  if (!same_origin(link, api_->base()))
    return fail_list(job, fail(ec::protocol_violation, "Graph: a link to another host"));
  job->round_done = page->next_link.empty();
  take_page(*job, std::move(*page));
  if (job->round_done || job->out.mails.size() >= job->max) {
    job->link = link;
    return end_list(job);
  }
  if (++job->pages >= max_pages || link == job->link)
    return fail_list(job, fail(ec::protocol_violation, "Graph: a listing without end"));
  job->link = link;
  ask_page(job);
}

void graph_session::take_page(list_job& job, graph_page page) {
  for (const auto& entry : page.entries) {
    const bool known = seen_.contains(entry.id) || seen_before_.contains(entry.id);
    if (entry.removed || known || !job.seen.insert(entry.id).second) continue;
    job.out.mails.push_back(to_listed(entry));
  }
}

listed_mail graph_session::to_listed(const graph_entry& entry) {
  const auto limit = settings_.max_mail_bytes;
  listed_mail out;
  out.uid = ++last_uid_;
  out.uidl = entry.id;
  out.internal_date = entry.received;
  // The stored mail may be larger than its MIME text (texts of two bytes per letter): whether it is
  // too large, only reading can tell.
  out.size_is_bound = !entry.size || (*entry.size > limit && *entry.size / 2 <= limit);
  out.size = out.size_is_bound ? limit : std::min(*entry.size, largest_mail);
  return out;
}

void graph_session::end_list(const std::shared_ptr<list_job>& job) {
  position_ = job->link;
  resumed_ = false;
  within_round_ = !job->round_done;
  if (seen_.size() > max_seen) seen_.clear();  // the ledger knows the rest
  seen_.merge(job->seen);
  if (job->round_done && !seen_.empty()) seen_before_ = std::exchange(seen_, {});
  job->out.position = position_;
  lists_.pop_front();
  const auto self = shared_from_this();
  job->done(std::move(job->out));
  if (!ended_) next_list();
}

/// The position stays, so that nothing of what was read is passed over.
void graph_session::fail_list(const std::shared_ptr<list_job>& job, const error& why) {
  const auto self = shared_from_this();
  lists_.pop_front();
  if (why.code == ec::position_lost) position_.clear();
  give_up(job->done, why);
  if (!ended_) next_list();
}

}  // namespace postroom::channels
