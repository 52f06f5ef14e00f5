#pragma once

#include "lib/store/key_value_store.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace cw::store {

/// One batch for each number: "last" and the number's own key, 2,000 bytes.
inline Status write_numbers(KeyValueStore& store, int from, int to) {
  for (int i = from; i < to; ++i) {
    Batch batch;
    batch.put("last", std::to_string(i));
    batch.put("n" + std::to_string(i), std::string(2'000, static_cast<char>('a' + i % 26)));
    if (Status written = store.write(batch); !written) return written;
  }
  return Ok{};
}

/// How many batches of write_numbers() the store holds; -1 if they are not a prefix.
inline int whole_batches(const std::filesystem::path& folder) {
  auto store = KeyValueStore::open(folder, {});
  if (!store) return -1;
  int count = 0;
  const Status scanned = store.value()->scan("n", [&](std::string_view, std::string_view) {
    ++count;
    return true;
  });
  const auto last = store.value()->get("last");
  if (!scanned || !last) return -1;
  std::optional<std::string> expected;
  if (count > 0) expected = std::to_string(count - 1);
  return last.value() == expected ? count : -1;
}

}  // namespace cw::store
