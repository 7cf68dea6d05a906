#pragma once

#include <string>

#include "postroom/admin/v1/admin.pb.h"

/// Texts of calls without what a reader has seen before.
namespace postroom::app {

/// Cuts the texts of the call and its updates off where the sender's signature or what is quoted
/// begins, and writes down how many lines that were. A text of nothing else stays whole. Pure.
void fold_texts(admin::v1::GetCallResponse& response);

/// "3 lines of the signature and 12 quoted lines are folded: --full shows them". Pure.
std::string folded_words(const admin::v1::FoldedText& folded);

}  // namespace postroom::app
