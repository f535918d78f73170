"""An account's payments as BigQuery holds them."""

from datetime import datetime, timedelta

import msgspec

from fraud.accounts.payments import AccountPayment
from fraud_service.stores.warehouse import Warehouse

PERIOD = timedelta(days=7)
"""How far back payments are read: BigQuery reads, and bills, by the day."""

MOST = 200
PATIENCE_S = 5.0
_QUERY = (
    f"select {', '.join(AccountPayment.__struct_fields__)} from payment_transactions_fraud "  # noqa: S608  our own names
    "where sender_account_id = @account and event_time > @since and event_time <= @until "
    "order by event_time desc, transaction_id limit @most"
)


def payments(warehouse: Warehouse, account: str, until: datetime) -> list[AccountPayment]:
    """Return the account's latest payments, the newest first. Raises RetryableError while BigQuery is out of reach."""
    rows = warehouse.ask(_QUERY, PATIENCE_S, account=account, since=until - PERIOD, until=until, most=MOST)
    return [msgspec.convert(row, AccountPayment) for row in rows]
