#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cw::codec {

/// Appends compact JSON to a string of the caller's. Keys stand in the order written; strings are
/// escaped as RFC 8785 wants them, so a document written with sorted keys is canonical.
/// The caller balances begin and end; an unbalanced call stops the process. THREAD: not safe.
class JsonWriter {
 public:
  /// `out` must outlive the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view key);

  // Values: in an array, or after key().
  JsonWriter& string(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(int value) { return number(std::int64_t{value}); }
  JsonWriter& number(std::uint32_t value) { return number(std::uint64_t{value}); }
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// JSON text that is already well-formed.
  JsonWriter& raw(std::string_view json);

  // Members of an object: key and value at once.
  JsonWriter& string(std::string_view name, std::string_view value) {
    return key(name).string(value);
  }
  template <class Number>
  JsonWriter& number(std::string_view name, Number value) {
    return key(name).number(value);
  }
  JsonWriter& boolean(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonWriter& null(std::string_view name) { return key(name).null(); }
  JsonWriter& raw(std::string_view name, std::string_view json) { return key(name).raw(json); }
  JsonWriter& begin_object(std::string_view name) { return key(name).begin_object(); }
  JsonWriter& begin_array(std::string_view name) { return key(name).begin_array(); }

 private:
  void separate();

  std::string& out_;
  bool comma_ = false;  ///< The next key or array value needs one.
  int depth_ = 0;
};

/// Appends `text` as a quoted JSON string.
void append_json_string(std::string& out, std::string_view text);

}  // namespace cw::codec
