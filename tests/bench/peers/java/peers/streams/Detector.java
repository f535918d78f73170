package peers.streams;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import peers.Charge;
import peers.Masking;
import peers.Rules;

/** Masks, elects by id within the partition, counts and scores; results go to a file a task. */
final class Detector implements Processor<byte[], byte[], Void, Void> {
    static final String IDS = "ids";
    static final String CHARGES = "charges";
    static final Duration HORIZON = Duration.ofHours(1);
    private static final long HORIZON_MICROS = HORIZON.toMillis() * 1_000;

    private final Rules rules;
    private final Masking masking;
    private ProcessorContext<Void, Void> context;
    private WindowStore<String, Long> ids;
    private KeyValueStore<String, byte[]> charges;
    private BufferedWriter results;

    Detector(Rules rules) {
        this.rules = rules;
        try {
            masking = new Masking(rules, System.getenv("KEYS_FILE"));
        } catch (IOException | GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    @Override
    public void init(ProcessorContext<Void, Void> given) {
        context = given;
        ids = given.getStateStore(IDS);
        charges = given.getStateStore(CHARGES);
        try {
            results = Files.newBufferedWriter(Path.of(System.getenv("RESULTS"), given.taskId() + ".csv"));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        given.schedule(Duration.ofMillis(200), PunctuationType.WALL_CLOCK_TIME, now -> flush());
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Charge charge = masking.mask(record.value(), record.timestamp());
        if (charge == null || isRepeated(charge)) {
            return;
        }
        ids.put(charge.identity(), charge.at(), charge.at() / 1_000);
        Account account = Account.decode(charges.get(charge.sender()));
        String counts = account.take(charge, rules);
        charges.put(charge.sender(), account.encode());
        write(counts, charge);
    }

    private boolean isRepeated(Charge charge) {
        long moment = charge.at() / 1_000;
        long reach = HORIZON.toMillis();
        try (WindowStoreIterator<Long> earlier = ids.fetch(charge.identity(), moment - reach, moment + reach)) {
            while (earlier.hasNext()) {
                KeyValue<Long, Long> one = earlier.next();
                if (Math.abs(charge.at() - one.value) < HORIZON_MICROS) {
                    return true;
                }
            }
            return false;
        }
    }

    private void write(String counts, Charge charge) {
        RecordMetadata place = context.recordMetadata().orElseThrow();
        try {
            results.write(place.partition() + "," + place.offset() + "," + counts + "," + charge.card() + "\n");
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void flush() {
        try {
            results.flush();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    public void close() {
        try {
            results.close();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}
