#pragma once

#include "issuer/config.hpp"
#include "issuer/feed_receiver.hpp"
#include "lib/base/result.hpp"

namespace cw::issuer {

/// Reads an issuer's key files. Fails with kFileRead or kKeyInvalid, naming the file.
[[nodiscard]] Result<ReceiverKeys> read_keys(const IssuerFiles& files);

}  // namespace cw::issuer
