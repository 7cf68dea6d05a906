#include "actors/call_factory.hpp"

#include "actors/errors.hpp"
#include "actors/worker.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "mail/language.hpp"
#include "partitions/texts.hpp"

namespace postroom::actors {

namespace {

constexpr std::size_t max_mails_per_round = 512;
constexpr uint64_t max_bytes_per_round = 16u << 20;  // one larger mail makes a round of its own
constexpr auto directory_deadline = std::chrono::seconds{30};

uint64_t bytes_of(const mail_batch& b) {
  uint64_t sum = 0;
  for (const auto& item : b.items) sum += item.bytes();
  return sum;
}

}  // namespace

call_factory_actor::behavior_type call_factory(call_factory_state::pointer self,
                                               call_factory_args args) {
  return self->state.make_behavior(std::move(args));
}

call_factory_actor::behavior_type call_factory_state::make_behavior(call_factory_args args) {
  args_ = std::move(args);
  harden(self_);
  self_->monitor(args_.supervisor);
  self_->set_down_handler([this](caf::down_msg&) { self_->quit(caf::exit_reason::user_shutdown); });
  limits_ = std::make_shared<ingest::guards>(args_.model->config().answer_limits());
  use(args_.model);
  offload(
      self_, args_.context->store_pool,
      [s = args_.store, o = args_.owner, random = args_.context->random] {
        return ingest::load(*s, o, random);
      },
      [this](result<ingest::loaded> r) { on_loaded(std::move(r)); });
  return {
      [](completion& c) { (*c.run)(); },
      [this](drain) { begin_drain(); },
      [this](use_model& m) { use(m.model); },
      [this](use_sender& s) {
        sender_ = s.sender;
        // An earlier life may have died of a commit that reached the disk all the same.
        self_->send(sender_, nudge_v);
      },
      [this](take_mails& m) -> caf::result<mails_taken> {
        auto promise = self_->make_response_promise<mails_taken>();
        take({m.batch, promise});
        return promise;
      },
      [this](reserve_mail) -> caf::result<mail_reserved> {
        auto promise = self_->make_response_promise<mail_reserved>();
        reservations_.push_back(promise);
        next_round();
        return promise;
      },
      [this](discard_request& r) { return take(r); },
      [this](change_call_request& r) { return take(r); },
      [this](reprocess_request& r) { return take(r); },
      [this](probe_request& r) { return take(r); },
  };
}

void call_factory_state::use(std::shared_ptr<const partitions::partition_model> model) {
  args_.model = std::move(model);
  auto wanted = partitions::scan_settings_of(args_.model->config().scanning());
  if (wanted == scan_) return;
  scan_ = std::move(wanted);
  scanner_ = scan_ ? args_.context->make_scanner(args_.model->id(), *scan_) : nullptr;
}

// A scanner that hangs must not hold up the shutdown, and nothing of these is on disk.
void call_factory_state::begin_drain() {
  draining_ = true;
  for (auto& [scan, a] : std::exchange(being_scanned_, {}))
    a.promise.deliver(
        to_caf(fail(ec::cancelled, "the partition is stopping; nothing was changed, ask again")));
  maybe_quit();
}

void call_factory_state::on_loaded(result<ingest::loaded> r) {
  if (!r) {
    log::error("factory_load_failed",
               {{"partition", args_.model->id().value}, {"error", r.error().text()}});
    return die(r.error());
  }
  numbers_ = r->numbers;
  keys_ = std::move(r->keys);
  loaded_ = true;
  args_.healthy();
  maybe_quit();
  next_round();
}

void call_factory_state::take(waiting w) {
  queue_.push_back(std::move(w));
  next_round();
}

// Between two rounds, because a round's job owns the numbers.
void call_factory_state::reserve() {
  busy_ = reserved_last_ = true;
  auto promise = std::move(reservations_.front());
  reservations_.pop_front();
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, numbers = numbers_] {
        return ingest::reserve(*store, owner, numbers);
      },
      [this, promise](result<void> r) mutable { on_reserved(promise, std::move(r)); });
}

void call_factory_state::on_reserved(caf::response_promise promise, result<void> r) {
  busy_ = false;
  if (!r) {
    promise.deliver(to_caf(r.error()));
    return die(r.error());
  }
  promise.deliver(mail_reserved{mail_id{numbers_.next_mail++}});
  maybe_quit();
  next_round();
}

void call_factory_state::next_round() {
  if (!loaded_ || busy_) return;
  if (!discards_.empty()) return next_discard();
  if (!changes_.empty()) return next_change();
  if (!probes_.empty()) return next_probe();
  // In turns, so that neither many mailboxes nor many large mails hold the others up.
  if (!reservations_.empty() && (queue_.empty() || !reserved_last_)) return reserve();
  // A mail decided anew waits for one round of new ones, and they for it.
  if (!reprocesses_.empty() && (queue_.empty() || !reprocessed_last_)) {
    reprocessed_last_ = true;
    return next_reprocess();
  }
  if (queue_.empty()) return;
  reserved_last_ = reprocessed_last_ = false;
  begin_round();
  take_waiting();
  look_up();
}

void call_factory_state::begin_round() {
  busy_ = true;
  round_started_ = std::chrono::steady_clock::now();
  round_ = std::make_shared<ingest::round>();
  round_->context = args_.context;
  round_->model = args_.model;
  round_->numbers = numbers_;
  round_->keys = keys_;
  limits_->use(args_.model->config().answer_limits());
  round_->limits = limits_;
}

void call_factory_state::take_waiting() {
  std::size_t mails = 0;
  uint64_t bytes = 0;
  while (!queue_.empty()) {
    const auto& next = *queue_.front().batch;
    if (mails > 0 && (mails + next.items.size() > max_mails_per_round ||
                      bytes + bytes_of(next) > max_bytes_per_round))
      break;
    mails += next.items.size();
    bytes += bytes_of(next);
    round_->taken.push_back(queue_.front().batch);
    current_.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

void call_factory_state::look_up() {
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, r = round_, boxes = boxes_]() mutable {
        return ingest::look_up(*store, r->taken, std::move(boxes), *r->model, *r->keys);
      },
      [this](result<ingest::looked_up> r) { on_looked_up(std::move(r)); });
}

void call_factory_state::on_looked_up(result<ingest::looked_up> r) {
  if (!r) return fail_round(r.error());
  round_->found = std::move(*r);
  ask_for_people();
}

void call_factory_state::ask_for_people() {
  auto ask = std::make_shared<resolve_people>();
  ask->partition = round_->model->id();
  const bool by_language = partitions::has_languages(round_->model->config().texts());
  for (std::size_t b = 0; b < round_->taken.size(); ++b) {
    const auto& batch = *round_->taken[b];
    if (const auto* server = round_->model->incoming(batch.mailbox.value))
      ask->analysts.push_back(server->default_logging_analyst());
    else if (const auto* old = batch.model->incoming(batch.mailbox.value))
      ask->analysts.push_back(old->default_logging_analyst());
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      const auto& item = batch.items[i];
      if (!ingest::needs_sender(item, round_->found.mails[b][i])) continue;
      const bool unproved = item.trust.kind == mail::trust::unaligned;
      ask->senders.push_back(
          {{item.parsed->from.addr, item.parsed->from.name, ingest::render_key(item.key), unproved,
            by_language ? mail::guess_language(item.parsed->text) : std::string{}},
           !unproved});
    }
  }
  ask->marks = ingest::addresses_to_mark(round_->taken, round_->found, args_.context->clock());
  ask->persons = round_->found.persons;
  if (ask->senders.empty() && ask->marks.empty() && ask->persons.empty()) {
    round_->people = {std::make_shared<std::vector<partitions::sender_resolution>>(),
                      std::make_shared<std::map<std::string, record::v1::Person>>()};
    return commit();
  }
  self_->request(args_.directory, directory_deadline, resolve_request{ask})
      .then(
          [this](people_resolved& p) {
            round_->people = p;
            ask_for_command_users();
          },
          [this](caf::error& e) { fail_round(from_caf(e)); });
}

// Only now it is known whose commands count; nobody may have people made by a mail that is none.
void call_factory_state::ask_for_command_users() {
  auto wanted = ingest::command_senders(*round_);
  if (wanted.empty()) return commit();
  auto ask = std::make_shared<resolve_people>();
  ask->partition = round_->model->id();
  for (const auto& s : wanted) ask->senders.push_back({s});
  self_->request(args_.directory, directory_deadline, resolve_request{ask})
      .then(
          [this, wanted = std::move(wanted)](people_resolved& p) {
            for (std::size_t i = 0; i < wanted.size(); ++i)
              round_->command_users.emplace(partitions::fold_address(wanted[i].address),
                                            p.senders->at(i));
            commit();
          },
          [this](caf::error& e) { fail_round(from_caf(e)); });
}

void call_factory_state::commit() {
  offload(
      self_, args_.context->store_pool,
      [store = args_.store, owner = args_.owner, r = round_] {
        return ingest::decide_and_commit(*store, owner, *r);
      },
      [this](result<ingest::round_result> r) { on_committed(std::move(r)); });
}

void call_factory_state::on_committed(result<ingest::round_result> r) {
  if (!r) return die(r.error());  // what reached the disk is unknown now: the next life reads it
  numbers_ = r->numbers;
  boxes_ = std::move(r->boxes);
  limits_->commit(args_.context->clock());
  count(*r);
  for (auto& w : current_) w.promise.deliver(mails_taken{w.batch->items.size()});
  if (r->again) on_decided_again(std::move(*r->again));
  if (r->outbox_entries > 0 && sender_) self_->send(sender_, nudge_v);
  end_round();
}

void call_factory_state::end_round() {
  current_.clear();
  again_.reset();
  round_.reset();
  busy_ = false;
  maybe_quit();
  next_round();
}

void call_factory_state::fail_round(const error& e) {
  log::error(
      "round_failed",
      {{"partition", args_.model->id().value}, {"mails", current_.size()}, {"error", e.text()}});
  for (auto& w : current_) w.promise.deliver(to_caf(e));
  if (again_) again_->promise.deliver(to_caf(e));
  end_round();
}

// Whoever waits is answered now: nobody else would do it.
void call_factory_state::die(const error& e) {
  for (auto& w : queue_) current_.push_back(std::move(w));
  queue_.clear();
  for (auto& a : discards_) a.promise.deliver(to_caf(e));
  discards_.clear();
  for (auto& a : std::exchange(changes_, {})) a.promise.deliver(to_caf(e));
  for (auto& a : std::exchange(probes_, {})) a.promise.deliver(to_caf(e));
  for (auto& a : std::exchange(reprocesses_, {})) a.promise.deliver(to_caf(e));
  for (auto& [scan, a] : std::exchange(being_scanned_, {})) a.promise.deliver(to_caf(e));
  for (auto& waiting_one : std::exchange(reservations_, {})) waiting_one.deliver(to_caf(e));
  fail_round(e);
  self_->quit(to_caf(e));
}

void call_factory_state::count(const ingest::round_result& r) {
  const auto& part = args_.model->id().value;
  for (const auto& [outcome, n] : r.outcomes)
    metrics::get_counter("postroom_mails_total", "mails by outcome",
                         {{"partition", part}, {"outcome", outcome}})
        .add(n);
  count(r.limits);
  auto took = std::chrono::steady_clock::now() - round_started_;
  metrics::get_histogram("postroom_round_seconds",
                         "look-up, decision and commit of one round of mails",
                         {{"partition", part}})
      .observe_us(static_cast<uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
}

void call_factory_state::count(const ingest::limited& limits) {
  const auto& part = args_.model->id();
  metrics::get_counter("postroom_mails_left_out_total",
                       "mails that did not go out because of answer_limits",
                       {{"partition", part.value}})
      .add(limits.left_out);
  metrics::get_counter("postroom_flood_mails_total", "mails that came to a call as a flood's",
                       {{"partition", part.value}})
      .add(limits.flood_mails);
  for (const auto number : limits.began)
    log::warn("flood_began", {{"partition", part.value}, {"call", render_call(part, number)}});
}

void call_factory_state::maybe_quit() {
  if (draining_ && !busy_ && queue_.empty() && reservations_.empty() && discards_.empty() &&
      changes_.empty() && probes_.empty() && reprocesses_.empty() && being_scanned_.empty())
    self_->quit(caf::exit_reason::user_shutdown);
}

}  // namespace postroom::actors
