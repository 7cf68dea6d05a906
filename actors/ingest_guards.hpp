#pragma once

#include "partitions/answer_limits.hpp"
#include "partitions/flood.hpp"
#include "partitions/model.hpp"

namespace postroom::actors::ingest {

/// What a partition remembers of its senders against loops and floods. The call factory's alone,
/// used by one round at a time; not on disk, so a restart forgets it, which costs an answer or a
/// call more and loses nothing.
class guards {
 public:
  explicit guards(const config::v1::AnswerLimits& limits)
      : answers(partitions::read_answer_settings(limits)),
        floods(partitions::read_flood_settings(limits)) {}

  void use(const config::v1::AnswerLimits& limits) {
    answers.use(partitions::read_answer_settings(limits));
    floods.use(partitions::read_flood_settings(limits));
  }
  /// What was told since the last commit counts now, or never.
  void commit(time_point now) {
    answers.commit(now);
    floods.commit(now);
  }
  void roll_back() {
    answers.roll_back();
    floods.roll_back();
  }

  partitions::answer_limits answers;
  partitions::flood_guard floods;
};

/// Takes back what one mail told, unless it was taken.
class guard_marks {
 public:
  explicit guard_marks(guards* of) : of_(of) {
    if (of_ != nullptr) answers_ = of_->answers.mark(), floods_ = of_->floods.mark();
  }
  ~guard_marks() {
    if (of_ == nullptr) return;
    of_->answers.roll_back(answers_);
    of_->floods.roll_back(floods_);
  }
  guard_marks(const guard_marks&) = delete;
  guard_marks& operator=(const guard_marks&) = delete;
  void taken() { of_ = nullptr; }

 private:
  guards* of_;
  partitions::answer_limits::place answers_;
  std::size_t floods_ = 0;
};

}  // namespace postroom::actors::ingest
