package cardwatch.peer;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the table of exposed cards; each new one goes to the watchlist. */
final class ExposureProcessor implements Processor<String, byte[], String, byte[]> {
  private ProcessorContext<String, byte[]> context;
  private KeyValueStore<String, byte[]> exposures;

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = context;
    exposures = context.getStateStore(MatchTopology.EXPOSURES);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    Message message = Message.parse(record.value());
    Exposure exposure = new Exposure(Rules.selects(message.channel), message.iin, message.expiry,
        message.sealed, message.key);
    if (exposures.putIfAbsent(message.card, exposure.bytes()) != null) {
      return;
    }
    byte[] entry = exposure.entry(message.card, "ADDD", exposure.level());
    context.forward(
        new Record<>(Rules.issuerOf(message.iin) + "/" + message.card, entry, record.timestamp()),
        MatchTopology.WATCH_SINK);
  }
}
