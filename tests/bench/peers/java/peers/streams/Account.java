package peers.streams;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import peers.Charge;
import peers.Rules;

/** One sender's charges of the last seven minutes, as the bytes that the store keeps. */
final class Account {
    private static final long SHORT = 60_000_000L;
    private static final long LONG = 300_000_000L;
    private static final long KEPT = LONG + 120_000_000L;

    private record Entry(long at, String region, String device) {}

    private final List<Entry> entries = new ArrayList<>();

    static Account decode(byte[] bytes) {
        Account account = new Account();
        if (bytes == null) {
            return account;
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            while (in.available() > 0) {
                account.entries.add(new Entry(in.readLong(), in.readUTF(), in.readUTF()));
            }
            return account;
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Entry entry : entries) {
                out.writeLong(entry.at);
                out.writeUTF(entry.region);
                out.writeUTF(entry.device);
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return bytes.toByteArray();
    }

    /** Takes a charge and returns `velocity_60s,velocity_5m,score` of it. */
    String take(Charge charge, Rules rules) {
        entries.removeIf(entry -> entry.at <= charge.at() - KEPT);
        int place = after(charge.at());
        entries.add(place, new Entry(charge.at(), charge.region(), charge.device()));
        int first = after(charge.at() - LONG);
        int velocity60s = place + 1 - after(charge.at() - SHORT);
        int velocity5m = place + 1 - first;
        boolean regionChanged = place > first && !entries.get(place - 1).region.equals(charge.region());
        Set<String> devices = new HashSet<>();
        entries.subList(first, place + 1).forEach(entry -> devices.add(entry.device));
        int score = rules.score(charge.isHigh(), velocity60s, velocity5m, regionChanged, devices.size());
        return velocity60s + "," + velocity5m + "," + score;
    }

    /** How many entries are at that time or before. */
    private int after(long at) {
        int place = entries.size();
        while (place > 0 && entries.get(place - 1).at > at) {
            place--;
        }
        return place;
    }
}
