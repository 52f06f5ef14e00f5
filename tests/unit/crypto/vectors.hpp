#pragma once

#include "lib/crypto/jose_json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

/// Published test vectors. They are not part of this repository; without them the tests skip.
namespace cw::crypto {

inline std::optional<std::string> read_vector(const std::string& name) {
  const char* folder = std::getenv("CARDWATCH_VECTORS");
  const std::string base = folder != nullptr ? folder : CW_SOURCE_DIR "/../shared/vectors";
  std::ifstream file(base + "/" + name, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The object that starts at the first '{' at or behind `from`.
inline std::string object_at(std::string_view json, std::size_t from) {
  const std::size_t first = json.find('{', from);
  std::size_t depth = 0;
  for (std::size_t i = first; i < json.size(); ++i) {
    if (json[i] == '{') ++depth;
    if (json[i] == '}' && --depth == 0) return std::string(json.substr(first, i + 1 - first));
  }
  return {};
}

/// The object under the first member called `name`.
inline std::string object_of(std::string_view json, const std::string& name) {
  return object_at(json, json.find("\"" + name + "\":"));
}

/// A text member of an object.
inline std::string text_of(const std::string& object, std::string_view name) {
  const auto parsed = JoseObject::parse(object);
  return parsed ? std::string(parsed.value().text(name).value_or("")) : std::string();
}

}  // namespace cw::crypto

#define CW_VECTOR_OR_SKIP(variable, name)                                           \
  const auto variable##_file = ::cw::crypto::read_vector(name);                     \
  if (!variable##_file) GTEST_SKIP() << "no test vectors here (CARDWATCH_VECTORS)"; \
  const std::string& variable = *variable##_file
