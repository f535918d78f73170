package peers.flink;

import java.time.Instant;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.TableFunction;
import org.apache.flink.types.Row;
import peers.Charge;
import peers.Masking;
import peers.Rules;

/** Parses, checks and masks a record; none for one that is rejected or late. */
@FunctionHint(
        output =
                @DataTypeHint(
                        "ROW<transaction_id STRING, sender STRING, at_micros BIGINT, region STRING, device STRING,"
                                + " is_high BOOLEAN, card STRING>"))
public final class Mask extends TableFunction<Row> {
    private transient Masking masking;

    @Override
    public void open(FunctionContext context) throws Exception {
        masking = new Masking(new Rules(System.getenv("RULES")), System.getenv("KEYS_FILE"));
    }

    public void eval(byte[] value, @DataTypeHint("TIMESTAMP_LTZ(3)") Instant appended) {
        Charge one = masking.mask(value, appended.toEpochMilli());
        if (one != null) {
            collect(Row.of(one.identity(), one.sender(), one.at(), one.region(), one.device(), one.isHigh(), one.card()));
        }
    }
}
