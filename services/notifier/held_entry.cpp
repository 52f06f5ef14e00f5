#include "notifier/held_entry.hpp"

namespace cw::notifier {

WatchChange HeldEntry::change(const IssuerId& issuer, const CardRef& card) const {
  return {.op = op,
          .entry = {.issuer = issuer,
                    .card = card,
                    .level = level,
                    .expiry = expiry,
                    .sealed_pan = sealed_pan,
                    .file_key = file_key ? *file_key : std::string{},
                    .watch_from = watch_from,
                    .reasons = reasons ? *reasons : std::vector<WatchReason>{}}};
}

}  // namespace cw::notifier
