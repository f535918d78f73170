package peers.flink;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.functions.ScalarFunction;
import peers.Clock;

/**
 * The event's time for Flink's watermark, a microsecond written as a millisecond since 2025, as Flink orders rows by
 * milliseconds only. A record that is late, rejected or without a time gets the beginning: it moves no watermark.
 *
 * <p>Found by its field's name instead of by parsing, since masking parses later on.
 */
public final class EventClock extends ScalarFunction {
    private static final byte[] FIELD = "\"event_time\"".getBytes(StandardCharsets.US_ASCII);
    private static final long EPOCH_2025 = 1_735_689_600_000_000L;
    private static final int MOST_BYTES = 16_384;

    public @DataTypeHint("TIMESTAMP_LTZ(3)") Instant eval(
            byte[] value, @DataTypeHint("TIMESTAMP_LTZ(3)") Instant appended) {
        long at = value == null || value.length > MOST_BYTES ? Clock.NONE : find(value);
        boolean isOnTime = at != Clock.NONE && Clock.isOnTime(at, appended.toEpochMilli());
        return Instant.ofEpochMilli(isOnTime ? at - EPOCH_2025 : 0);
    }

    private static long find(byte[] value) {
        int field = index(value);
        int from = field < 0 ? -1 : next(value, field + FIELD.length);
        int to = from < 0 ? -1 : next(value, from + 1);
        return to < 0 ? Clock.NONE : Clock.parse(new String(value, from + 1, to - from - 1, StandardCharsets.US_ASCII));
    }

    private static int next(byte[] value, int from) {
        int at = from;
        while (at < value.length && value[at] != '"') {
            at++;
        }
        return at < value.length ? at : -1;
    }

    private static int index(byte[] value) {
        for (int at = 0; at <= value.length - FIELD.length; at++) {
            int same = 0;
            while (same < FIELD.length && value[at + same] == FIELD[same]) {
                same++;
            }
            if (same == FIELD.length) {
                return at;
            }
        }
        return -1;
    }
}
