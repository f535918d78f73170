"""The access request by HTTP: everything held on a subject, as JSON or as a page; who asked is recorded."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from uuid import uuid4

import structlog
from flask import Request, Response

from fraud.subjects.report import DECISIONS, RAW_COPIES, RECIPIENTS, RIGHTS, SOURCES, SubjectReport
from fraud.subjects.subject import Subject
from fraud_service.clock import Clock
from fraud_service.http.answer import answer
from fraud_service.http.router import Endpoint
from fraud_service.stores.documents import documents, reaching_firestore
from fraud_service.subjects.asking import AskingSettings, asker, limit_rate, subject_of
from fraud_service.subjects.page import report_page
from fraud_service.subjects.stores import Stores

log = structlog.get_logger()

COLLECTION = "subject_reports"
"""Who was given a report and when, without an identifier: the same subject has the same `subject_key`."""

TIMEOUT_S = 5.0


class ReportDesk:
    """The endpoints of access requests."""

    routes: Mapping[str, Endpoint]

    def __init__(self, settings: AskingSettings, stores: Callable[[], Stores], now: Clock) -> None:
        """Take how often one may ask, and what gives the stores that are looked through."""
        self._settings = settings
        self._stores = stores
        self._now = now
        self.routes = {"POST /subject-report": self._report, "POST /subject-key": self._name_key}

    def _report(self, request: Request) -> Response:
        """Answer what is held on the subject that the body names."""
        who = asker(request)
        limit_rate("report", who, self._settings)
        subject = subject_of(request)
        given = SubjectReport(
            report_id=uuid4().hex,
            generated_at=self._now(),
            identified_by=subject.kind,
            key_versions=subject.key_versions,
            raw_copies=RAW_COPIES,
            sources=SOURCES,
            recipients=[*RECIPIENTS, *self._settings.report_recipients],
            decisions=list(DECISIONS),
            rights=RIGHTS,
            holdings=self._stores().held(subject),
        )
        _record(given, subject, who)
        if request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json") == "text/html":
            return _page(given)
        return answer(given)

    def _name_key(self, request: Request) -> Response:
        """Answer the one name of the subject that the body names, from which nobody gets to the subject."""
        limit_rate("report", asker(request), self._settings)
        return answer({"subject_key": subject_of(request).key})


def _page(given: SubjectReport) -> Response:
    response = Response(report_page(given), HTTPStatus.OK, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _record(given: SubjectReport, subject: Subject, who: str) -> None:
    """Record the access before anything is shown."""
    access = {
        "requested_by": who,
        "at": given.generated_at,
        "subject_key": subject.key,
        "identified_by": subject.kind,
        "records": given.records,
    }
    with reaching_firestore():
        documents().collection(COLLECTION).document(given.report_id).create(access, timeout=TIMEOUT_S)
    log.info("subject_report_given", report_id=given.report_id, requested_by=who, records=given.records)
