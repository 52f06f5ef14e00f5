package cardwatch.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What is kept of an exposed card, as bytes in a store. */
record Exposure(boolean selected, String iin, String expiry, String sealed, String key) {
  byte[] bytes() {
    byte[] text = String.join(",", iin, expiry, sealed, key).getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(1 + text.length)
        .put((byte) (selected ? 1 : 0))
        .put(text)
        .array();
  }

  static Exposure of(byte[] bytes) {
    String text = new String(bytes, 1, bytes.length - 1, StandardCharsets.US_ASCII);
    String[] parts = text.split(",", -1);
    return new Exposure(bytes[0] == 1, parts[0], parts[1], parts[2], parts[3]);
  }

  /** As the entry of watchlist.v1, without what the peer does not keep. */
  byte[] entry(String card, String op, String level) {
    String json = "{\"v\":1,\"issuer\":\"" + Rules.issuerOf(iin) + "\",\"card\":\"" + card
        + "\",\"op\":\"" + op + "\",\"level\":\"" + level + "\",\"expiry\":\"" + expiry
        + "\",\"sealed\":\"" + sealed + "\",\"key\":\"" + key
        + "\",\"watch_from\":\"2026-01-05\",\"watch_to\":null,\"incidents\":[]}";
    return json.getBytes(StandardCharsets.US_ASCII);
  }

  String level() {
    return selected ? "identified" : "in_file";
  }
}
