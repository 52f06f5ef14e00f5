#include "lib/codec/fact_names.hpp"

#include "lib/codec/json_append.hpp"

namespace cw::codec {

char* FactNames::append(char* out) const noexcept {
  for (std::uint32_t each = 0; each < ids_.size(); ++each) {
    out = each == 0 ? codec::append(out, "\"") : codec::append(out, ",\"");
    out = codec::append(out, ids_.text(each));
    out = codec::append(out, "\"");
  }
  return out;
}

}  // namespace cw::codec
