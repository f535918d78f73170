package peers;

import java.time.DateTimeException;
import java.time.LocalDate;

/** RFC 3339 in UTC to the microsecond, and which times are on time. */
public final class Clock {
    /** What stands for no time. */
    public static final long NONE = Long.MIN_VALUE;

    private static final long HORIZON = 3_600_000_000L;
    private static final long TOLERANCE = 300_000_000L;
    private static final String FORM = "dddd-dd-ddTdd:dd:dd";

    private Clock() {}

    /** Whether an event (microseconds) is at most an hour behind its append time and five minutes ahead of it. */
    public static boolean isOnTime(long at, long appendedMs) {
        long behind = appendedMs * 1_000 - at;
        return behind >= -TOLERANCE && behind <= HORIZON;
    }

    /** The microseconds since 1970 of a moment as events write it, or NONE where it is none. */
    public static long parse(CharSequence text) {
        int zone = zone(text);
        if (zone < FORM.length() || !hasForm(text) || !hasFraction(text, zone)) {
            return NONE;
        }
        int hour = number(text, 11, 2);
        int minute = number(text, 14, 2);
        int second = number(text, 17, 2);
        if (hour > 23 || minute > 59 || second > 59) {
            return NONE;
        }
        try {
            long day = LocalDate.of(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)).toEpochDay();
            return (day * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000 + micros(text, zone);
        } catch (DateTimeException error) {
            return NONE;
        }
    }

    private static int zone(CharSequence text) {
        int length = text.length();
        if (length > 32 || length == 0) {
            return -1;
        }
        if (text.charAt(length - 1) == 'Z') {
            return length - 1;
        }
        return length > 6 && "+00:00".contentEquals(text.subSequence(length - 6, length)) ? length - 6 : -1;
    }

    private static boolean hasForm(CharSequence text) {
        for (int at = 0; at < FORM.length(); at++) {
            char wanted = FORM.charAt(at);
            if (wanted == 'd' ? !isDigit(text.charAt(at)) : text.charAt(at) != wanted) {
                return false;
            }
        }
        return number(text, 0, 4) > 0;
    }

    private static boolean hasFraction(CharSequence text, int zone) {
        int digits = zone - FORM.length() - 1;
        if (digits < 0) {
            return zone == FORM.length();
        }
        boolean isFraction = text.charAt(FORM.length()) == '.' && digits >= 1 && digits <= 6;
        for (int at = FORM.length() + 1; isFraction && at < zone; at++) {
            isFraction = isDigit(text.charAt(at));
        }
        return isFraction;
    }

    private static long micros(CharSequence text, int zone) {
        int digits = zone - FORM.length() - 1;
        long value = digits > 0 ? number(text, FORM.length() + 1, digits) : 0;
        for (int missing = Math.max(digits, 0); missing < 6; missing++) {
            value *= 10;
        }
        return value;
    }

    private static int number(CharSequence text, int from, int digits) {
        int value = 0;
        for (int at = from; at < from + digits; at++) {
            value = value * 10 + text.charAt(at) - '0';
        }
        return value;
    }

    private static boolean isDigit(char one) {
        return one >= '0' && one <= '9';
    }
}
