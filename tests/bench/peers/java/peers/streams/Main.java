package peers.streams;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.Stores;
import peers.Rules;

/** The job's work as a Kafka Streams topology: RocksDB stores with changelogs, exactly once, a thread a core. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        KafkaStreams streams = new KafkaStreams(topology(new Rules(System.getenv("RULES"))), settings());
        streams.setUncaughtExceptionHandler(error -> StreamThreadExceptionResponse.SHUTDOWN_APPLICATION);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
        streams.start();
    }

    private static Topology topology(Rules rules) {
        var bytes = Serdes.ByteArray();
        var ids = Stores.persistentWindowStore(Detector.IDS, Duration.ofHours(2), Detector.HORIZON, false);
        var charges = Stores.persistentKeyValueStore(Detector.CHARGES);
        return new Topology()
                .addSource("payments", bytes.deserializer(), bytes.deserializer(), System.getenv("TOPIC"))
                .addProcessor("detector", () -> new Detector(rules), "payments")
                .addStateStore(Stores.windowStoreBuilder(ids, Serdes.String(), Serdes.Long()), "detector")
                .addStateStore(
                        Stores.keyValueStoreBuilder(charges, Serdes.String(), bytes).withCachingEnabled(), "detector");
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG, "kafka-streams",
                StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, System.getenv("SERVERS"),
                StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE"),
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
                StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000,
                StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2,
                StreamsConfig.REPLICATION_FACTOR_CONFIG, 1));
        return settings;
    }
}
