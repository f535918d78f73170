"""An account's links, out of its payments and others' in BigQuery."""

from datetime import datetime

import msgspec

from fraud.accounts.links import MOST_ACCOUNTS, MOST_SHARED, PERIOD, Links, Sighting, links
from fraud_service.stores.warehouse import Warehouse

PATIENCE_S = 10.0
_QUERY = """
with
    payments as (
        select
            sender_account_id as account,
            kind,
            case kind
                when 'CARD' then card_token
                when 'DEVICE' then device_id
                when 'NETWORK' then ip_address
                else receiver_account_id
            end as value,
            if(kind = 'CARD', max(credit_card_masked), null) as masked,
            count(*) as payments,
            max(event_time) as last_at
        from payment_transactions_fraud
        cross join unnest(['CARD', 'DEVICE', 'NETWORK', 'RECEIVER']) as kind
        where event_time > @since and event_time <= @until
        group by account, kind, value
    ),
    mine as (
        select kind, value, coalesce(masked, value) as name, payments, last_at
        from payments
        where account = @account and value is not null
        order by last_at desc
        limit @most_shared
    ),
    others as (
        select
            theirs.kind,
            theirs.value,
            theirs.account,
            theirs.payments,
            theirs.last_at,
            count(*) over (partition by theirs.kind, theirs.value) as accounts,
            row_number() over (
                partition by theirs.kind, theirs.value order by theirs.last_at desc, theirs.account
            ) as place
        from payments as theirs
        inner join mine on theirs.kind = mine.kind and theirs.value = mine.value
        where theirs.account != @account
    )
select
    mine.kind,
    mine.value,
    mine.name,
    mine.payments,
    mine.last_at as last,
    coalesce(others.accounts, 0) as accounts,
    others.account as other,
    others.payments as other_payments,
    others.last_at as other_last
from mine
left join others on mine.kind = others.kind and mine.value = others.value and others.place <= @most_accounts
"""


def account_links(warehouse: Warehouse, account: str, until: datetime) -> Links:
    """Return what an account shares with others. Raises RetryableError while BigQuery is out of reach."""
    since = until - PERIOD
    limits = {"most_shared": MOST_SHARED, "most_accounts": MOST_ACCOUNTS}
    rows = warehouse.ask(_QUERY, PATIENCE_S, account=account, since=since, until=until, **limits)
    return links(account, since, [msgspec.convert(row, Sighting) for row in rows])
