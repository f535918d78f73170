package peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The product's own definitions (currencies, rates, points), as tests/bench/peers/java.py writes them to a file. */
public final class Rules {
    final Map<String, Integer> minorDigits = new HashMap<>();
    final Map<String, BigDecimal> usd = new HashMap<>();
    private final JsonNode score;
    private final long criticalVelocity;
    private final long maxNormalVelocity;
    private final long manyDevices;

    public Rules(String file) throws IOException {
        JsonNode root = new ObjectMapper().readTree(Path.of(file).toFile());
        root.get("minor_digits").fields().forEachRemaining(one -> minorDigits.put(one.getKey(), one.getValue().asInt()));
        root.get("usd").fields().forEachRemaining(one -> usd.put(one.getKey(), new BigDecimal(one.getValue().asText())));
        score = root.get("score");
        criticalVelocity = root.get("critical_velocity").asLong();
        maxNormalVelocity = root.get("max_normal_velocity").asLong();
        manyDevices = root.get("many_devices").asLong();
    }

    boolean isHigh(BigDecimal amount, String currency) {
        return amount.multiply(usd.get(currency)).compareTo(BigDecimal.valueOf(points("high_amount_usd"))) > 0;
    }

    /** The score of one payment, 0 to 100. */
    public int score(boolean isHigh, long velocity60s, long velocity5m, boolean regionChanged, int devices) {
        int sum = isHigh ? points("high_amount") : 0;
        if (velocity60s >= criticalVelocity) {
            sum += points("velocity_60s_critical");
        } else if (velocity60s > maxNormalVelocity) {
            sum += points("velocity_60s_high");
        }
        sum += velocity5m > points("max_normal_velocity_5m") ? points("velocity_5m") : 0;
        sum += regionChanged ? points("geo_change") : 0;
        sum += devices >= manyDevices ? points("device_change") : 0;
        return Math.min(100, sum);
    }

    private int points(String name) {
        return score.get(name).asInt();
    }
}
