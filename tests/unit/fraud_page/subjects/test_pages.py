"""Who may act on a subject's data."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from starlette.requests import Request
from starlette.responses import Response

from fraud_page.subjects.pages import ask_for_erasure, ask_for_report, show_erasure
from fraud_service.http.problem import ProblemError
from tests.unit.fraud_page.requests import request


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name one officer."""
    monkeypatch.setenv("ERASURE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PRIVACY_OFFICERS", '["kim"]')


@pytest.mark.parametrize("ask", [ask_for_erasure, ask_for_report])
def test_whoever_is_no_officer_is_refused_before_anything_is_read(
    ask: Callable[[Request], Coroutine[None, None, Response]],
) -> None:
    with pytest.raises(ProblemError, match="PRIVACY_OFFICERS"):
        asyncio.run(ask(request(headers={"Cookie": "person=jo"})))


def test_an_erasure_s_state_is_for_officers() -> None:
    jo = request(headers={"Cookie": "person=jo"})
    jo.scope["path_params"] = {"request_id": "0" * 32}
    with pytest.raises(ProblemError, match="PRIVACY_OFFICERS"):
        show_erasure(jo)
