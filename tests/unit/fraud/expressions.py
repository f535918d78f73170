"""Conditions on payments for property tests: every form that the grammar has."""

from hypothesis import strategies as st

_NUMBERS = [
    "amount",
    "amount_usd",
    "velocity_60s",
    "card_small_1h",
    "account_usd_1h",
    "amount_to_habit",
    "fraud_probability",
    "0",
    "2",
    "100.5",
    "0.333333",
    "999999999999999.999999999",
]
_TEXTS = ["currency", "region", "device_id", "ip_address", "status", "'USD'", "'A'", '""']
_CONDITIONS = ["geographic_risk", "known_device", "features_complete", "true", "false"]


def _numbers() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(_NUMBERS),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner), st.builds("- {}".format, inner)
        ),
        max_leaves=3,
    )


def conditions() -> st.SearchStrategy[str]:
    """Return conditions, nested."""
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    texts, contained = st.sampled_from(_TEXTS), st.sampled_from(["in", "not in"])
    simple = st.one_of(
        st.sampled_from(_CONDITIONS),
        st.builds("{} {} {}".format, _numbers(), signs, _numbers()),
        st.builds("{} {} {}".format, texts, signs, texts),
        st.builds("{} {} [{}, {}]".format, texts, contained, texts, texts),
        st.builds("{} {} [{}, {}]".format, _numbers(), contained, _numbers(), _numbers()),
        st.builds("{} {} list_hits".format, texts, contained),
        st.builds("{} {} {}".format, texts, contained, texts),
        st.builds("{} + {} == {}".format, texts, texts, texts),
        st.builds("{} == {}".format, st.sampled_from(_CONDITIONS), st.sampled_from(_CONDITIONS)),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
            st.builds("not ({})".format, inner),
        ),
        max_leaves=6,
    )
