#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/ec.hpp"

namespace postroom {

/// Why a call failed. `detail` is for the person who runs the server: never mail content, addresses
/// or secrets.
struct error {
  ec code = ec::internal;
  std::string detail;

  [[nodiscard]] error_class kind() const noexcept { return class_of(code); }
  [[nodiscard]] bool permanent() const noexcept { return kind() == error_class::permanent; }
  /// "auth_refused: NO [AUTHENTICATIONFAILED]".
  [[nodiscard]] std::string text() const;
};

/// A value or the error that prevented it. Reading the wrong side is a bug and asserts.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value)
      : x_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  result(postroom::error e)
      : x_(std::in_place_index<1>, std::move(e)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return x_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() & {
    assert(ok());
    return std::get<0>(x_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(x_);
  }
  [[nodiscard]] const postroom::error& error() const& {
    assert(!ok());
    return std::get<1>(x_);
  }
  [[nodiscard]] ec code() const noexcept { return ok() ? ec::none : std::get<1>(x_).code; }

 private:
  std::variant<T, postroom::error> x_;
};

template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(postroom::error e) : x_(std::move(e)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !x_; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const postroom::error& error() const& {
    assert(!ok());
    return *x_;
  }
  [[nodiscard]] ec code() const noexcept { return x_ ? x_->code : ec::none; }

 private:
  std::optional<postroom::error> x_;
};

inline error fail(ec code, std::string detail = {}) {
  return error{code, std::move(detail)};
}

}  // namespace postroom
