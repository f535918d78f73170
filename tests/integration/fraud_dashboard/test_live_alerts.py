"""What an analyst sees happen, in a real browser."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import time

import pytest
from playwright.sync_api import Page, expect

from fraud.alerts.names import REVISION, STREAM
from fraud.health.stream import REPORTED, STATUS
from fraud.scoring.velocity import Severity
from fraud_stream.sinks.alert_cache import AlertCache
from infra.local.servers.redis import Redis
from infra.local.stack.local_stack import LocalStack
from tests.integration.fraud_dashboard.conftest import Raise, look_at_alerts

pytestmark = pytest.mark.usefixtures("no_alerts")


@pytest.fixture
def page(page: Page) -> Page:
    return look_at_alerts(page)


TINY = {"sender_account_id": "ACC_100", "amount": Decimal("1.00"), "region": "US"}


def rows(page: Page) -> list[str]:
    cells = [row.locator("td").all_text_contents() for row in page.locator("#rows tbody tr").all()]
    return [" ".join(" ".join(row).split()) for row in cells]


def accounts(page: Page) -> list[str]:
    return page.locator("#rows .open").all_text_contents()


def test_a_tried_card_appears_without_a_reload(page: Page, raise_alert: Raise) -> None:
    page.evaluate("document.body.dataset.mark = 'the same document'")
    raise_alert(**TINY, transaction_id="TXN_4", reason_codes=["VELOCITY_60S (40): velocity_60s is 4 (more than 3)"])
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    critical = {
        "severity": Severity.CRITICAL,
        "velocity_60s": 5,
        "velocity_5m": 5,
        "fraud_score": 55,
        "reason_codes": ["VELOCITY_60S (55): velocity_60s is 5 (at least 5)"],
    }
    raise_alert(**TINY | critical, transaction_id="TXN_5")
    expect(page.locator("#rows tbody tr")).to_have_count(2)

    fifth, fourth = rows(page)
    assert "CRITICAL ACC_100 5 · 5 in 5 min 1.00 USD US 4 55 VELOCITY 60S +55" in fifth
    assert "HIGH ACC_100 4 · 4 in 5 min 1.00 USD US 4 40 VELOCITY 60S +40" in fourth
    expect(page.locator("#accounts li")).to_have_text(["ACC_100CRITICAL2 alerts this hour, score 55"])
    expect(page.locator("#last-hour")).to_have_text("2")
    assert page.locator("#rate rect.critical[height]").evaluate_all(
        "bars => bars.some(bar => bar.height.baseVal.value)"
    )
    assert page.locator("body").get_attribute("data-mark") == "the same document"


def test_the_list_is_filtered_searched_and_grouped(page: Page, raise_alert: Raise) -> None:
    raise_alert(
        sender_account_id="ACC_a", transaction_id="TXN_1", region="GB", fraud_score=70, risk_flags=["GEO_CHANGE"]
    )
    raise_alert(sender_account_id="ACC_b", transaction_id="TXN_2", severity=Severity.CRITICAL)
    raise_alert(sender_account_id="ACC_b", transaction_id="TXN_3")
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    assert accounts(page) == ["ACC_b", "ACC_b", "ACC_a"]

    page.keyboard.press("/")
    page.keyboard.type("geo_change")
    assert accounts(page) == ["ACC_a"]
    page.get_by_label("Search").fill("")
    page.get_by_label("Severity").select_option("CRITICAL")
    assert accounts(page) == ["ACC_b"]
    page.get_by_label("Severity").select_option("")
    page.get_by_role("combobox", name="Region").select_option("GB")
    assert accounts(page) == ["ACC_a"]
    page.get_by_role("combobox", name="Region").select_option("")
    page.get_by_label("Score from").fill("60")
    assert accounts(page) == ["ACC_a"]
    page.get_by_label("Score from").fill("0")
    page.get_by_label("Group incidents").check()
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    assert "CRITICAL ACC_b x 2" in rows(page)[0]
    page.get_by_label("Group incidents").uncheck()
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    assert accounts(page) == ["ACC_b", "ACC_b", "ACC_a"]
    assert page.locator("#rows .badge").all_inner_texts() == ["HIGH", "CRITICAL", "HIGH"]
    assert "x 2" not in " ".join(rows(page))


def test_an_incident_ends_when_an_account_is_quiet_for_five_minutes(page: Page, raise_alert: Raise) -> None:
    now = datetime.now(UTC)
    for number, seconds in enumerate([299, 0, 599]):  # the last one is older than five minutes before the first
        raise_alert(transaction_id=f"TXN_{number}", event_time=now - timedelta(seconds=seconds))
    page.get_by_label("Group incidents").check()
    expect(page.locator("#rows tbody tr")).to_have_count(2)


def test_details_open_by_keyboard_and_show_why(page: Page, raise_alert: Raise) -> None:
    raise_alert(
        amount=Decimal("6000.50"),
        currency="EUR",
        amount_usd=Decimal("6500"),
        velocity_60s=6,
        fraud_score=85,
        severity=Severity.CRITICAL,
        risk_flags=["HIGH_AMOUNT", "VELOCITY_60S"],
        reason_codes=[
            "HIGH_AMOUNT (30): amount_usd is 6500 (more than 5000)",
            "VELOCITY_60S (55): velocity_60s is 6 (at least 5)",
        ],
        fraud_probability=0.9375,
        model_reasons=["payments of the account in 60 s: 6 (for fraud, 2.41)"],
    )
    page.locator("#rows .open").focus()
    page.keyboard.press("Enter")

    detail = page.get_by_role("dialog")
    expect(detail).to_contain_text("6,000.50 EUR (6,500.00 USD)")
    expect(detail).to_contain_text("85 HIGH AMOUNT +30VELOCITY 60S +55")
    expect(detail).to_contain_text("amount_usd is 6500 (more than 5000)")
    expect(detail).to_contain_text("0.938 probablepayments of the account in 60 s: 6 (for fraud, 2.41)")
    expect(detail).to_contain_text("TXN_000001, TXN_000002, TXN_000003")
    expect(detail.locator("a[href='/lists?kind=merchant&value=MER_000042']")).to_have_text("MER_000042")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    detail.get_by_role("button", name="Copy").click()
    expect(detail.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "TXN_000004"
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


def test_an_alert_of_version_1_shows_no_points(page: Page, raise_alert: Raise) -> None:
    raise_alert(fraud_score=77)
    expect(page.locator("#rows .flag")).to_have_text(["VELOCITY 60S"])


def test_what_attackers_write_is_shown_as_text(page: Page, raise_alert: Raise) -> None:
    name = "<script>document.title='x'</script><img src=x onerror=alert()>"
    raise_alert(sender_account_id=name, region="<b>", merchant_id='"><svg onload=alert(1)>')
    expect(page.locator("#rows .open")).to_have_text(name)
    expect(page.locator("#accounts .name")).to_have_text(name)
    page.locator("#rows .open").click()
    expect(page.get_by_role("dialog")).to_contain_text("<svg onload=alert(1)>")
    assert page.title() == "Live alerts · Fraud desk"
    assert page.locator("main script, main img").count() == 0


def test_no_alert_is_lost_or_repeated_over_a_restart_of_the_server(
    page: Page, raise_alert: Raise, local_stack: LocalStack
) -> None:
    raise_alert(sender_account_id="ACC_before", transaction_id="TXN_1")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_label("Search").fill("acc_")
    local_stack._children["fraud_dashboard"].stop(4.0)
    expect(page.locator("#connection")).to_have_text("Connection lost, trying again…")
    raise_alert(sender_account_id="ACC_between", transaction_id="TXN_2")
    local_stack.restart("fraud_dashboard")
    expect(page.locator("#connection")).to_have_text("Detection has not reported yet")
    raise_alert(sender_account_id="ACC_after", transaction_id="TXN_3")

    expect(page.locator("#rows tbody tr")).to_have_count(3)
    assert accounts(page) == ["ACC_after", "ACC_between", "ACC_before"]


def test_what_is_erased_leaves_pages_that_are_open_and_is_shown_to_no_new_one(
    page: Page, raise_alert: Raise, redis_server: Redis
) -> None:
    raise_alert(sender_account_id="ACC_erased", transaction_id="TXN_1")
    raise_alert(sender_account_id="ACC_kept", transaction_id="TXN_2")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    client = AlertCache(redis_server.url)._client
    first, _ = (client.xrange(STREAM) or [])[0]
    client.xdel(STREAM, first or "")  # both as an erasure does
    client.incr(REVISION)
    expect(page.locator("#rows .open")).to_have_text(["ACC_kept"])
    expect(page.locator("#last-hour")).to_have_text("1")
    page.reload()
    expect(page.locator("#rows .open")).to_have_text(["ACC_kept"])


def test_a_page_says_so_while_redis_is_down_and_recovers(
    page: Page, raise_alert: Raise, local_stack: LocalStack
) -> None:
    raise_alert(sender_account_id="ACC_before", transaction_id="TXN_1")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    local_stack._children["redis"].stop(4.0)
    expect(page.get_by_role("alert")).to_contain_text("The alert store (Redis) does not answer")
    expect(page.locator("#connection")).to_have_text("Alert store down")
    local_stack.restart("redis")
    expect(page.get_by_role("alert")).to_be_hidden(timeout=15_000)
    raise_alert(sender_account_id="ACC_after", transaction_id="TXN_2")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    assert accounts(page) == ["ACC_after", "ACC_before"]


def report(redis_server: Redis, age_s: int) -> None:
    """Leave the sign of life that a job gave some seconds ago."""
    client = AlertCache(redis_server.url)._client
    client.hset(STATUS, REPORTED, int(time()) - age_s)


def test_the_sign_is_green_only_while_something_detects(page: Page, redis_server: Redis) -> None:
    sign = page.locator("#connection")
    report(redis_server, 0)
    expect(sign).to_have_text("Live")
    report(redis_server, 40)
    expect(sign).to_contain_text("Detection silent for 4")
    seconds = int(sign.inner_text().split()[3])
    expect(sign).not_to_have_text(f"Detection silent for {seconds} s")  # it goes on counting
    report(redis_server, 0)
    expect(sign).to_have_text("Live")
    AlertCache(redis_server.url)._client.delete(STATUS)
    expect(sign).to_have_text("Detection has not reported yet")


def test_a_paused_page_holds_what_comes(page: Page, raise_alert: Raise) -> None:
    page.keyboard.press("p")
    raise_alert()
    expect(page.locator("#held")).to_have_text("↑ 1 new alert")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_a_question_mark_lists_the_keys_that_work_here(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys.locator("kbd")).to_have_text(["?", "/", "p"])
    expect(keys.locator("dd")).to_have_text(["Keys of this page", "Search", "Pause"])
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_more_tabs_than_a_browser_opens_connections_all_show_what_comes(page: Page, raise_alert: Raise) -> None:
    raise_alert(sender_account_id="ACC_before", transaction_id="TXN_1")
    tabs = [page, *(look_at_alerts(page.context.new_page()) for _ in range(7))]
    raise_alert(sender_account_id="ACC_to_all", transaction_id="TXN_2")
    for tab in tabs:
        expect(tab.locator("#rows .open")).to_have_text(["ACC_to_all", "ACC_before"])

    page.close()  # the one that listened
    raise_alert(sender_account_id="ACC_after", transaction_id="TXN_3")
    for tab in tabs[1:]:
        expect(tab.locator("#rows .open")).to_have_text(["ACC_after", "ACC_to_all", "ACC_before"])
