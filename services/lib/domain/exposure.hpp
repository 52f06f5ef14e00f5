#pragma once

#include "lib/base/time.hpp"
#include "lib/domain/card.hpp"
#include "lib/domain/ids.hpp"
#include "lib/domain/predicate.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cw {

/// One record of an exposed file, known by (incident, file, record) (rules.md R5).
struct ExposureRecord {
  IncidentId incident;
  FileName file;
  std::uint64_t record = 0;  ///< 1-based number of the data row in the file.
  CardRef card;
  Iin iin = 0;
  Expiry expiry;
  Attributes attributes;
  std::optional<std::string> member;
  std::string sealed_pan;  ///< nonce | ciphertext | tag under the file's data key; opaque here.
  std::string file_key;    ///< Id of that data key.
  std::string match_key;   ///< Id of the key behind `card`.
  Instant received_at;
  bool imported = false;
};

}  // namespace cw
