#pragma once

#include "lib/base/result.hpp"
#include "lib/crypto/structured_field.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>

/// What an HTTP message signature covers (RFC 9421 section 2), without knowing HTTP.
namespace cw::crypto {

using HeaderField = std::pair<std::string, std::string>;  ///< Name in any case, value.

/// A request (with a method) or a response (with a status). Views: valid while their owners are.
struct MessageView {
  std::string_view method = {};
  std::string_view target_uri = {};  ///< Absolute: "https://host/path?query".
  int status = 0;                    ///< Of a response; 0: a request.
  std::span<const HeaderField> headers = {};
  const MessageView* request = nullptr;  ///< What a response answers, for components with `req`.
};

/// The value of one component, e.g. `"@method"`, `"content-digest"`, `"@query-param";name="a"`,
/// `"cookie";bs`, `"example";key="a"`. Fails with kSignatureComponents if the message has no such
/// component or the parameters are not ones we know (`tr` is not).
[[nodiscard]] Result<std::string> component_value(const MessageView& message,
                                                  const sf::Item& component);

/// RFC 9421 section 2.5: a line for each component, then `"@signature-params"`. Fails with
/// kSignatureComponents as component_value() does, and for a component that stands twice.
[[nodiscard]] Result<std::string> signature_base(const MessageView& message,
                                                 const sf::InnerList& params);

}  // namespace cw::crypto
