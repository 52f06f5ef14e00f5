#pragma once

#include "issuer/inbox.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cw::issuer {

/// The bodies of GET /v1/issuers and GET /v1/issuers/{issuer}/cards.
[[nodiscard]] std::string issuers_json(const std::vector<InboxFigures>& issuers);
/// {"cards": [...], "next": seq to pass as `after` for more, or null}. Card numbers are masked.
[[nodiscard]] std::string cards_json(const std::vector<HeldCard>& cards, bool more);
[[nodiscard]] std::string forgotten_json(std::size_t cards);

}  // namespace cw::issuer
