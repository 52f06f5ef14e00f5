#pragma once

#include "lib/base/result.hpp"
#include "lib/base/sensitive.hpp"
#include "lib/crypto/jwk.hpp"
#include "lib/domain/ids.hpp"
#include "notifier/held_entry.hpp"
#include "notifier/issuer_feed.hpp"
#include "notifier/key_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cw::notifier {

/// An entry that cannot be sent whatever the receiver says.
struct UnsendableEntry {
  std::uint64_t seq = 0;
  Error error = {};
};

struct BuiltBatch {
  std::string id = {};
  std::uint64_t after = 0;
  std::uint64_t through = 0;
  std::string body = {};                     ///< JWE compact; empty if there are no entries.
  std::vector<DeliveredEntry> entries = {};  ///< What is in it; noted once it is accepted.
  std::vector<UnsendableEntry> unsendable = {};
  std::string verification = {};  ///< The state that its answer must repeat; empty: none.
  bool replacing = false;         ///< It moves no cursor.
};

/// What a batch is made for.
struct BatchTarget {
  IssuerId issuer;
  std::uint32_t epoch = 1;
  std::uint64_t after = 0;  ///< The `through` that the issuer acknowledged last.
  std::size_t entries_max = 500;
  std::size_t bytes_max = 1U << 20U;  ///< Of the clear text; at least one entry is taken.
};

/// Turns pending entries into what goes to the issuer: opens each card number with its file's key,
/// writes the canonical JSON and encrypts it. Costs some milliseconds for 500 entries and holds no
/// lock meanwhile.
///
/// The id depends on issuer, epoch, after, through and the entries' hashes only, so another
/// process makes the same batch again under the same id. THREAD: safe.
class BatchBuilder {
 public:
  explicit BatchBuilder(KeyRing& keys) : keys_(keys) {}

  /// Takes entries of the window in order, up to the limits or the first whose data key is not
  /// to be had. Fails with kNotFound (the first entry's data key has not been seen yet),
  /// kDecryptFailed or kKeyMismatch (it does not open), or like jwe_encrypt. An entry that cannot
  /// be opened or named is unsendable: it is left out and listed.
  [[nodiscard]] Result<BuiltBatch> build(const BatchTarget& target,
                                         const IssuerFeed::Window& window,
                                         const crypto::PublicKey& to) const;

  /// An entry with its card number opened.
  struct Opened {
    DeliveredEntry entry = {};
    std::uint64_t position = 0;  ///< crypto::card_position; never to be kept or shown.
    Sensitive text;              ///< Canonical.
  };
  /// For messages that are not made of a window (replacing ones): opens entries in their order, up
  /// to the first whose data key is missing. One that cannot be opened is left out.
  /// Fails with kDecryptFailed, kKeyMismatch.
  [[nodiscard]] Result<std::vector<Opened>> open(const IssuerId& issuer,
                                                 std::span<const PendingEntry> entries) const;

  /// The hashes of delivered entries, for the digest; none for one that cannot be opened. Stops
  /// at the first whose data key is missing. Fails with kDecryptFailed, kKeyMismatch.
  [[nodiscard]] Result<std::vector<DeliveredEntry>> hash(
      const IssuerId& issuer, std::span<const PendingEntry> entries) const;

 private:
  KeyRing& keys_;
};

}  // namespace cw::notifier
