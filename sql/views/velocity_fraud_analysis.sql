create or replace view velocity_fraud_analysis (
    alert_date options (description = 'UTC date of the alerts; filter on it to read few partitions.'),
    alert_hour options (description = 'Start of the UTC hour of the alerts, by event time.'),
    severity options (description = 'HIGH or CRITICAL.'),
    currency options (description = 'ISO 4217 code of the amounts.'),
    alerts options (description = 'Velocity alerts raised.'),
    accounts options (description = 'Distinct sender accounts they were raised for.'),
    amount_total options (description = 'Exact sum of the amounts of the alerted payments.'),
    amount_average options (description = 'Average of these amounts.'),
    velocity_60s_average options (description = 'Average number of payments in the 60 s window.'),
    velocity_60s_max options (description = 'Largest number of payments in the 60 s window.'),
    peer_transactions options (description = 'Distinct payments in the windows, the alerted ones included.')
)
options (description = 'Patterns of velocity alerts by hour, severity and currency.')
as
with alerts as (
    select
        date(event_time) as alert_date,
        timestamp_trunc(event_time, hour) as alert_hour,
        severity,
        currency,
        sender_account_id,
        amount,
        velocity_60s,
        velocity_fraud_peers
    from fraud_velocity_alerts
),

totals as (
    select
        alert_date,
        alert_hour,
        severity,
        currency,
        count(*) as alerts,
        count(distinct sender_account_id) as accounts,
        sum(amount) as amount_total,
        avg(amount) as amount_average,
        avg(velocity_60s) as velocity_60s_average,
        max(velocity_60s) as velocity_60s_max
    from alerts
    group by alert_date, alert_hour, severity, currency
),

peers as (
    select
        alerts.alert_date,
        alerts.alert_hour,
        alerts.severity,
        alerts.currency,
        count(distinct peer) as peer_transactions
    from alerts
    cross join unnest(alerts.velocity_fraud_peers) as peer
    group by alerts.alert_date, alerts.alert_hour, alerts.severity, alerts.currency
)

select
    totals.alert_date,
    totals.alert_hour,
    totals.severity,
    totals.currency,
    totals.alerts,
    totals.accounts,
    totals.amount_total,
    totals.amount_average,
    totals.velocity_60s_average,
    totals.velocity_60s_max,
    coalesce(peers.peer_transactions, 0) as peer_transactions
from totals
left join peers using (alert_date, alert_hour, severity, currency);
