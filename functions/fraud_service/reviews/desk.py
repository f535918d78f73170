"""Reviews by HTTP: listed, claimed, decided, annotated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Request, Response

from fraud.reviews import ReviewState
from fraud_service.http.answer import answer
from fraud_service.http.body import read_json
from fraud_service.http.caller import caller, caller_if_named
from fraud_service.http.query import moment, parameter, whole
from fraud_service.http.router import Endpoint
from fraud_service.looks import What, record_look
from fraud_service.reviews.acts import PAGE, SUMMARY_DAYS, Decision, Remark, ReviewActs

MAX_PAGE = 500


@dataclass(frozen=True)
class ReviewDesk:
    """The endpoints about reviews; `acts` gives what they do."""

    acts: Callable[[], ReviewActs]

    @property
    def routes(self) -> Mapping[str, Endpoint]:
        """The endpoints by method and path."""
        return {
            "GET /reviews": self._list,
            "GET /reviews/summary": self._summarise,
            "GET /reviews/<transaction_id>": self._show,
            "POST /reviews/<transaction_id>/claim": self._claim,
            "POST /reviews/<transaction_id>/hand-back": self._hand_back,
            "POST /reviews/<transaction_id>/decide": self._decide,
            "POST /reviews/<transaction_id>/notes": self._annotate,
            "POST /reviews/<transaction_id>/reopen": self._reopen,
        }

    def check_ready(self) -> None:
        """Make a first call to the record; raises what that raises."""
        self.acts().reviews.find("ready")

    def _list(self, request: Request) -> Response:
        """Answer a page of reviews of a state, oldest first; `next` is the moment from which the next page starts."""
        state = parameter(request.args, "state", ReviewState, ReviewState.OPEN)
        limit = parameter(request.args, "limit", partial(whole, most=MAX_PAGE), PAGE)
        after = parameter(request.args, "after", moment, None)
        reviews = self.acts().reviews.listed(state, after, limit)
        return answer({"reviews": reviews, "next": reviews[-1].opened_at if len(reviews) == limit else None})

    def _summarise(self, request: Request) -> Response:
        summary = self.acts().summary(parameter(request.args, "days", partial(whole, most=366), SUMMARY_DAYS))
        counts = {name.lower(): number for name, number in summary.counts.items()}
        return answer({"days": summary.days, **counts, "false_positive_rate": summary.false_positive_rate})

    def _show(self, request: Request, transaction_id: str) -> Response:
        review = self.acts().show(transaction_id)
        record_look(What.REVIEW, transaction_id, caller_if_named(request))
        return answer(review)

    def _claim(self, request: Request, transaction_id: str) -> Response:
        return answer(self.acts().claim(transaction_id, caller(request)))

    def _hand_back(self, request: Request, transaction_id: str) -> Response:
        return answer(self.acts().hand_back(transaction_id, caller(request)))

    def _decide(self, request: Request, transaction_id: str) -> Response:
        person, decision = caller(request), read_json(request, Decision)
        return answer(self.acts().decide(transaction_id, person, decision))

    def _annotate(self, request: Request, transaction_id: str) -> Response:
        person, remark = caller(request), read_json(request, Remark)
        return answer(self.acts().annotate(transaction_id, person, remark))

    def _reopen(self, request: Request, transaction_id: str) -> Response:
        person, remark = caller(request), read_json(request, Remark)
        return answer(self.acts().reopen(transaction_id, person, remark))
