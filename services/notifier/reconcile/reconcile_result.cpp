#include "notifier/reconcile/reconcile_result.hpp"

#include "lib/codec/json_writer.hpp"

namespace cw::notifier {

std::string to_json(const ReconcileResult& result) {
  std::string out;
  codec::JsonWriter writer{out};
  writer.begin_object().string("at", format_instant(result.at));
  writer.number("through", result.through).boolean("equal_before", result.equal_before);
  writer.begin_array("differing");
  for (const crypto::Bucket bucket : result.differing) writer.string(crypto::bucket_hex(bucket));
  writer.end_array().number("repair_batches", result.repair_batches);
  writer.number("repaired_entries", result.repaired_entries).number("bytes", result.bytes);
  writer.boolean("equal_after", result.equal_after).end_object();
  return out;
}

}  // namespace cw::notifier
