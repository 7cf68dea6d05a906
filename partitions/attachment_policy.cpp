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
    if (const int i = first_that_fits(a.name, names_); i >= 0)
      return "its name is blocked by " + show(policy_.block_names(i));
    if (const int i = first_that_fits(a.content_type, types_); i >= 0)
      return "its type is blocked by " + show(policy_.block_types(i));
    if (max_size_ && a.size > *max_size_)
      return "it is larger than " + policy_.max_size() + " (" + std::to_string(a.size) + " bytes)";
    if (policy_.max_count() != 0 && place >= policy_.max_count())
      return "a mail may have " + std::to_string(policy_.max_count()) + " at most";
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

std::string sentence(const mail::attachment& a, const std::string& objection, bool stripped) {
  return "The attachment " + show(a.name) +
         (stripped ? " is only in the stored mail: " : " is against the policy: ") + objection +
         ".";
}

}  // namespace

bool is_of_form(std::string_view name, std::string_view form) {
  return fits(folded(name), folded(form));
}

attachment_verdict judge_attachments(const config::v1::AttachmentPolicy& policy,
                                     const std::vector<mail::attachment>& attachments) {
  attachment_verdict out;
  const attachment_judge judge(policy);
  const bool stripped = policy.action() == "strip";
  std::size_t against = 0;
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    const auto objection = judge.objection(attachments[i], i);
    if (objection.empty()) continue;
    if (++against <= max_notes) out.notes.push_back(sentence(attachments[i], objection, stripped));
    if (!stripped) continue;
    out.withheld.resize(attachments.size());
    out.withheld[i] = objection;
  }
  if (against > max_notes)
    out.notes.push_back("So are " + std::to_string(against - max_notes) + " more.");
  out.refused = against > 0 && policy.action() == "quarantine";
  return out;
}

}  // namespace postroom::partitions
