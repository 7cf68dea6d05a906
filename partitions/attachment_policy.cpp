#include "partitions/attachment_policy.hpp"

#include <optional>

#include "mail/fold.hpp"
#include "partitions/checks.hpp"
#include "partitions/model.hpp"
#include "partitions/text.hpp"

namespace postroom::partitions {

namespace {

constexpr std::size_t max_notes = 50;

/// '*' takes as little as it can; where the rest does not fit, the last '*' takes one byte more.
bool fits(std::string_view text, std::string_view form) {
  std::size_t t = 0, f = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (f < form.size() && form[f] == '*') {
      star = f++;
      taken = t;
    } else if (f < form.size() && form[f] == text[t]) {
      ++t, ++f;
    } else if (star != std::string_view::npos) {
      f = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (f < form.size() && form[f] == '*') ++f;
  return f == form.size();
}

/// In the form to compare.
std::string folded(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  return mail::fold_text(name);
}

/// The forms are folded once: a mail may have 1,000 attachments.
class attachment_judge {
 public:
  explicit attachment_judge(const config::v1::AttachmentPolicy& policy) : policy_(policy) {
    if (const auto size = parse_size(policy.max_size()); size) max_size_ = *size;
    for (const auto& form : policy.block_names()) names_.push_back(folded(form));
    for (const auto& type : policy.block_types()) types_.push_back(folded(type));
  }

  /// What speaks against the attachment; blank: nothing.
  [[nodiscard]] std::string objection(const mail::attachment& a, std::size_t place) const {
    if (auto blocked = block(a.name, a.content_type); !blocked.empty()) return blocked;
    if (max_size_ && a.size > *max_size_)
      return "it is larger than " + policy_.max_size() + " (" + std::to_string(a.size) + " bytes)";
    if (policy_.max_count() != 0 && place >= policy_.max_count())
      return "a mail may have " + std::to_string(policy_.max_count()) + " at most";
    return {};
  }

  /// Likewise, by its name and its type alone.
  [[nodiscard]] std::string block(std::string_view name, std::string_view type) const {
    if (const int i = first_that_fits(name, names_); i >= 0)
      return "its name is blocked by " + show(policy_.block_names(i));
    if (const int i = first_that_fits(type, types_); i >= 0)
      return "its type is blocked by " + show(policy_.block_types(i));
    return {};
  }

 private:
  /// -1: none does.
  static int first_that_fits(std::string_view name, const std::vector<std::string>& forms) {
    if (forms.empty()) return -1;
    const auto text = folded(name);
    for (std::size_t i = 0; i < forms.size(); ++i)
      if (fits(text, forms[i])) return static_cast<int>(i);
    return -1;
  }

  const config::v1::AttachmentPolicy& policy_;
  std::optional<uint64_t> max_size_;
  std::vector<std::string> names_, types_;
};

/// Collects what is against the policy.
class verdict_maker {
 public:
  verdict_maker(const config::v1::AttachmentPolicy& policy, const mail::parsed_mail& mail)
      : judge_(policy), mail_(mail), stripped_(policy.action() == "strip") {
    out_.refused = policy.action() == "quarantine";
  }

  attachment_verdict run() {
    for (std::size_t i = 0; i < mail_.attachments.size(); ++i)
      if (auto why = judge_.objection(mail_.attachments[i], i); !why.empty())
        object("The attachment " + show(mail_.attachments[i].name), why, i);
    for (const auto& file : mail_.hidden_files)
      if (auto why = judge_.block(file.name, file.content_type); !why.empty())
        object(words_for(file), why, file.attachment);
    if (mail_.has_more_files)
      object("What else the mail holds", "not all of it can be looked at", {});
    if (against_ > max_notes)
      out_.notes.push_back("So are " + std::to_string(against_ - max_notes) + " more.");
    out_.refused = out_.refused && against_ > 0;
    return std::move(out_);
  }

 private:
  void object(const std::string& what, const std::string& why, std::optional<std::size_t> place) {
    const char* is = stripped_ ? " is only in the stored mail: " : " is against the policy: ";
    if (++against_ <= max_notes) out_.notes.push_back(what + is + why + ".");
    if (!stripped_) return;
    out_.withheld_elsewhere = out_.withheld_elsewhere || !place;
    if (!place) return;
    out_.withheld.resize(mail_.attachments.size());
    auto& reason = out_.withheld[*place];
    if (reason.empty()) reason = why;
  }

  [[nodiscard]] std::string words_for(const mail::hidden_file& file) const {
    const auto what = file.name.empty() ? "The part of type " + show(file.content_type)
                                        : "The file " + show(file.name);
    return what + (file.attachment
                       ? " in the attachment " + show(mail_.attachments[*file.attachment].name)
                       : " that is not listed as an attachment");
  }

  attachment_judge judge_;
  const mail::parsed_mail& mail_;
  bool stripped_;
  std::size_t against_ = 0;
  attachment_verdict out_;
};

}  // namespace

bool is_of_form(std::string_view name, std::string_view form) {
  return fits(folded(name), folded(form));
}

bool has_limits(const config::v1::AttachmentPolicy& policy) {
  return !policy.max_size().empty() || policy.max_count() != 0 || !policy.block_types().empty() ||
         !policy.block_names().empty();
}

attachment_verdict judge_attachments(const config::v1::AttachmentPolicy& policy,
                                     const mail::parsed_mail& mail) {
  return has_limits(policy) ? verdict_maker(policy, mail).run() : attachment_verdict{};
}

}  // namespace postroom::partitions
