// How an EWS session takes whole mails in.
#include <algorithm>
#include <map>
#include <utility>

#include "channels/ews_session.hpp"
#include "channels/mail_size.hpp"

namespace postroom::channels {
namespace {

using mail_bytes = std::shared_ptr<const std::string>;

constexpr std::size_t max_batch = 50;  // mails
constexpr uint64_t least_batch_bytes = 256u << 10;
constexpr unsigned max_rounds = 3;               // that one mail is asked for
constexpr uint64_t envelope_bytes = 256u << 10;  // of an answer beside its mails

/// What base64 makes of so many bytes, with line ends.
uint64_t as_base64(uint64_t bytes) {
  return bytes + bytes / 3 + bytes / 32 + 8;
}

/// A trouble with one mail must not end the whole: but for these two it is a passing one.
error error_of_mail(const ews_message& message) {
  auto why = ews_error(message);
  if (why.code != ec::not_found && why.code != ec::mail_too_large) why.code = ec::server_busy;
  return why;
}

/// Errors of a whole request that one mail of it may be the cause of; that the server cannot be
/// reached, the sign-in and the server's pauses are not.
bool may_be_of_one_mail(const error& why) {
  const auto code = why.code;
  return code == ec::server_busy || code == ec::protocol_violation || code == ec::not_found ||
         code == ec::unsupported || code == ec::mailbox_missing || code == ec::position_lost ||
         was_cut_off(why);
}

}  // namespace

/// One call of `fetch`.
struct ews_session::fetch_call {
  inbound_channel::on_mail_fn on_mail;
  done_fn<void> done;
  std::size_t left = 0;  ///< mails without an outcome
};

/// Some mails in a row that are asked for together, perhaps of several calls.
struct ews_session::fetch_batch {
  std::vector<fetch_entry> mails;
  std::vector<std::optional<result<mail_bytes>>> got;  ///< of each of them
  std::vector<std::size_t> left;                       ///< indices without an outcome
  std::vector<std::size_t> asked;                      ///< those that are asked for now
  uint64_t bytes = 0;                                  ///< as listed
  std::size_t delivered = 0;
  unsigned rounds = 0;
  bool alone = false;                               ///< ask for one at a time
  uint64_t keep = 0;                                ///< of one mail, at most
  std::vector<std::shared_ptr<std::string>> texts;  ///< by MimeContent; null: larger than `keep`

  void take(std::size_t number, std::string_view bytes);
  void assign(const ews_message& message, std::size_t place);
};

/// Calls that follow one another are one pipeline: each may be of a single mail, and waiting for
/// the end of the one before would cost a round trip.
struct ews_session::fetch_job {
  std::deque<std::shared_ptr<fetch_call>> calls;  ///< without an end yet
  std::deque<fetch_entry> todo;                   ///< in no batch yet
  std::deque<std::shared_ptr<fetch_batch>> batches;
  uint64_t bytes = 0;  ///< of the batches
  std::optional<error> failed;
  bool pumping = false;
  bool ended = false;

  void add(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
           done_fn<void> done) {
    auto call = std::make_shared<fetch_call>();
    call->on_mail = std::move(on_mail);
    call->done = std::move(done);
    call->left = mails.size();
    calls.push_back(call);
    for (auto& mail : mails) todo.push_back({std::move(mail), call});
  }
};

void ews_session::fetch_batch::take(std::size_t number, std::string_view more) {
  while (texts.size() <= number) texts.push_back(std::make_shared<std::string>());
  auto& text = texts[number];
  if (!text) return;
  if (text->size() + more.size() > keep) {
    text.reset();
  } else {
    text->append(more);
  }
}

void ews_session::fetch_batch::assign(const ews_message& message, std::size_t place) {
  auto& outcome = got[place];
  if (outcome) return;
  if (!message.ok()) {
    outcome = result<mail_bytes>(error_of_mail(message));
  } else if (message.items.empty() || !message.items.front().mime) {
    outcome = result<mail_bytes>(fail(ec::server_busy, "the server sent no MIME text"));
  } else {
    const auto number = *message.items.front().mime;
    if (number >= texts.size()) {
      outcome = result<mail_bytes>(std::make_shared<const std::string>());
    } else if (!texts[number]) {
      outcome = result<mail_bytes>(fail(ec::mail_too_large));
    } else {
      outcome = result<mail_bytes>(mail_bytes(texts[number]));
    }
  }
  std::erase(left, place);
}

void ews_session::fetch(std::vector<listed_mail> mails, inbound_channel::on_mail_fn on_mail,
                        done_fn<void> done) {
  if (fetching_ && waiting_.empty()) {
    fetching_->add(std::move(mails), std::move(on_mail), std::move(done));
    return pump_fetch(fetching_);
  }
  auto j = std::make_shared<fetch_job>();
  j->add(std::move(mails), std::move(on_mail), std::move(done));
  enqueue({[this, j] {
             fetching_ = j;
             if (!opened_) j->failed = not_opened();
             pump_fetch(j);
           },
           [j](const error& why) {
             j->ended = true;
             for (const auto& call : std::exchange(j->calls, {})) call->done(why);
           }});
}

/// Tells what is ready, in order, and asks for more while there is room. By value: it may be the
/// last to know the job.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void ews_session::pump_fetch(std::shared_ptr<fetch_job> j) {
  if (std::exchange(j->pumping, true)) return;
  const auto self = shared_from_this();
  while (!j->ended && !j->failed && (deliver_batch(*j) || start_batch(j))) {
  }
  j->pumping = false;
  if (j->ended || (!j->failed && !j->calls.empty())) return;
  j->ended = true;
  if (j->failed && requester_) requester_->cancel_all();
  fetching_.reset();
  end_current();
  for (const auto& call : std::exchange(j->calls, {})) call->done(*j->failed);
  start_next();
}

/// The outcomes of the first batch, when it has all of them, and the ends of calls that are
/// through.
bool ews_session::deliver_batch(fetch_job& j) {
  if (!j.calls.empty() && j.calls.front()->left == 0) {
    const auto call = std::move(j.calls.front());
    j.calls.pop_front();
    call->done({});
    return true;
  }
  if (j.batches.empty() || !j.batches.front()->left.empty()) return false;
  const auto batch = j.batches.front();
  if (batch->delivered == batch->mails.size()) {
    j.bytes -= batch->bytes;
    j.batches.pop_front();
    return true;
  }
  batch->texts.clear();
  const auto i = batch->delivered++;
  --batch->mails[i].call->left;
  batch->mails[i].call->on_mail(batch->mails[i].mail, std::move(*batch->got[i]));
  return true;
}

/// The next batch: as many mails as fit, or one alone that does not.
bool ews_session::start_batch(const std::shared_ptr<fetch_job>& j) {
  const auto most = std::max(settings_.max_requests, 1U);
  if (j->todo.empty() || j->batches.size() >= most) return false;
  const auto target = std::max<uint64_t>(settings_.pipeline_bytes / most, least_batch_bytes);
  const auto next = std::min(j->todo.front().mail.size, target);
  if (!j->batches.empty() && j->bytes + next > settings_.pipeline_bytes) return false;
  auto batch = std::make_shared<fetch_batch>();
  while (!j->todo.empty() && batch->got.size() < max_batch) {
    const auto size = j->todo.front().mail.size;
    const bool too_large = size > settings_.max_mail_bytes;
    if (!batch->left.empty() && !too_large && batch->bytes + size > target) break;
    batch->got.emplace_back();
    if (too_large) {
      batch->got.back() = result<mail_bytes>(fail(ec::mail_too_large));
    } else {
      batch->left.push_back(batch->mails.size());
      batch->bytes += size;
    }
    batch->mails.push_back(std::move(j->todo.front()));
    j->todo.pop_front();
  }
  j->bytes += batch->bytes;
  j->batches.push_back(batch);
  if (!batch->left.empty()) ask_batch(j, batch);
  return true;
}

void ews_session::ask_batch(const std::shared_ptr<fetch_job>& j,
                            const std::shared_ptr<fetch_batch>& b) {
  b->asked = b->left;
  if (b->alone) b->asked.resize(1);
  std::vector<std::string> ids;
  uint64_t most = envelope_bytes;
  b->keep = 0;
  for (const auto i : b->asked) {
    const auto& mail = b->mails[i].mail;
    ids.push_back(mail.uidl);
    const auto listed = mail.size_is_bound ? std::nullopt : std::optional(mail.size);
    const auto keep = most_kept(listed, settings_.max_mail_bytes);
    b->keep = std::max(b->keep, keep);
    most += as_base64(keep);
  }
  requester_->start({.body = ews_text::get_mails(ids),
                     .max_bytes = most,
                     .on_begin = [b] { b->texts.clear(); },
                     .on_mime = [b](auto number, auto bytes) { b->take(number, bytes); }},
                    [this, j, b](result<answer> got) { take_batch(j, b, std::move(got)); });
}

void ews_session::take_batch(const std::shared_ptr<fetch_job>& j,
                             const std::shared_ptr<fetch_batch>& b, result<answer> got) {
  if (!got && got.code() == ec::mail_too_large) {
    // Together they are too large, or the one is.
    if (b->asked.size() == 1) {
      b->got[b->asked.front()] = result<mail_bytes>(got.error());
      b->left.erase(b->left.begin());
    }
    b->alone = true;
  } else if (!got && may_be_of_one_mail(got.error())) {
    const bool by_chance = was_cut_off(got.error()) && !b->alone;  // perhaps: once more
    if (b->asked.size() == 1 && !by_chance) return blame(j, b, got.error());
    b->alone = true;
  } else if (!got) {
    j->failed = got.error();
  } else if (std::ranges::all_of(*got, &ews_message::busy)) {
    j->failed = ews_error(got->front());
  } else {
    sort_out(*b, *got);
  }
  if (!j->failed && !b->left.empty()) ask_batch(j, b);
  pump_fetch(j);
}

/// A request for one mail failed as a whole. When the server is well otherwise, it is for this mail
/// that it does so, and will every time; else no mail is asked for any more.
void ews_session::blame(const std::shared_ptr<fetch_job>& j, const std::shared_ptr<fetch_batch>& b,
                        error why) {
  if (why.code != ec::not_found) why.code = ec::server_busy;
  ask(ews_text::get_folder(folder_), [this, j, b, why](result<ews_message> well) {
    if (!well) {
      j->failed = well.error();
    } else {
      const auto place = b->asked.front();
      b->got[place] = result<mail_bytes>(why);
      std::erase(b->left, place);
      if (!b->left.empty()) ask_batch(j, b);
    }
    pump_fetch(j);
  });
}

/// Gives each mail its message: by the id it names, else by its place. What is left has to be asked
/// for again, but not for ever.
void ews_session::sort_out(fetch_batch& b, const answer& messages) {
  std::map<std::string_view, std::size_t> places;
  for (const auto i : b.asked) places[b.mails[i].mail.uidl] = i;
  std::vector<bool> used(messages.size());
  for (std::size_t m = 0; m < messages.size(); ++m) {
    if (messages[m].items.empty()) continue;
    const auto place = places.find(messages[m].items.front().id);
    if (place == places.end()) continue;
    used[m] = true;
    b.assign(messages[m], place->second);
  }
  if (messages.size() == b.asked.size())
    for (std::size_t m = 0; m < messages.size(); ++m)
      if (!used[m] && !messages[m].busy) b.assign(messages[m], b.asked[m]);
  const auto is_left = [&](std::size_t i) { return std::ranges::find(b.left, i) != b.left.end(); };
  if (std::ranges::none_of(b.asked, is_left)) {
    b.rounds = 0;
    return;
  }
  if (++b.rounds < max_rounds) return;
  for (const auto i : b.asked)
    if (std::erase(b.left, i) > 0)
      b.got[i] = result<mail_bytes>(fail(ec::server_busy, "the server does not hand it out"));
  b.rounds = 0;
}

}  // namespace postroom::channels
