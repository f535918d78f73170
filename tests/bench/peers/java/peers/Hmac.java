package peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 under the newest key of a file {"1": "2:hex", ...}, 2 the scheme; not for use by several threads. */
final class Hmac {
    private final Mac mac;

    Hmac(String keysFile) throws IOException, GeneralSecurityException {
        Map<?, ?> keys = new ObjectMapper().readValue(Path.of(keysFile).toFile(), Map.class);
        Map<Integer, String> byVersion = new TreeMap<>(Comparator.reverseOrder());
        keys.forEach((version, key) -> byVersion.put(Integer.valueOf((String) version), (String) key));
        String newest = byVersion.values().iterator().next();
        byte[] key = HexFormat.of().parseHex(newest.substring(newest.indexOf(':') + 1));
        mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
    }

    String hex(String message) {
        return HexFormat.of().formatHex(mac.doFinal(message.getBytes(StandardCharsets.US_ASCII)));
    }
}
