package cardwatch.peer;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Exposures and reports of a card meet in one task, as they lie in partitions of one number. */
final class MatchTopology {
  static final String EXPOSURES = "exposures";
  static final String REPORTS = "reports";
  static final String REPORTED = "reported";
  static final String COUNTS = "counts";
  static final String WATCH_SINK = "watch";
  static final String COUNT_SINK = "count";

  private final boolean inMemory;

  MatchTopology(boolean inMemory) {
    this.inMemory = inMemory;
  }

  private KeyValueBytesStoreSupplier supplier(String name) {
    return inMemory ? Stores.inMemoryKeyValueStore(name) : Stores.persistentKeyValueStore(name);
  }

  private <K, V> StoreBuilder<KeyValueStore<K, V>> store(String name, Serde<K> key, Serde<V> value,
      boolean cached) {
    StoreBuilder<KeyValueStore<K, V>> builder =
        Stores.keyValueStoreBuilder(supplier(name), key, value);
    return cached ? builder.withCachingEnabled() : builder.withCachingDisabled();
  }

  Topology build(String prefix, String outPrefix, boolean cached) {
    var text = Serdes.String();
    var bytes = Serdes.ByteArray();
    Topology topology = new Topology();
    topology.addSource("exposure-source", text.deserializer(), bytes.deserializer(),
        prefix + "exposures.v1");
    topology.addSource("report-source", text.deserializer(), bytes.deserializer(),
        prefix + "reports.v1");
    topology.addProcessor("expose", ExposureProcessor::new, "exposure-source");
    topology.addProcessor("match", ReportProcessor::new, "report-source");
    topology.addStateStore(store(EXPOSURES, text, bytes, cached), "expose", "match");
    topology.addStateStore(store(REPORTS, text, bytes, cached), "match");
    topology.addStateStore(store(REPORTED, text, Serdes.Integer(), cached), "match");
    // Without a cache each report would write its count to the changelog.
    topology.addStateStore(store(COUNTS, Serdes.Integer(), Serdes.Long(), true), "match");
    topology.addSink(WATCH_SINK, outPrefix + "watchlist.v1", text.serializer(), bytes.serializer(),
        "expose", "match");
    // The topic that holds the matcher's facts: the peer writes none.
    topology.addSink(COUNT_SINK, outPrefix + "matches.v1", text.serializer(), bytes.serializer(),
        "match");
    return topology;
  }
}
