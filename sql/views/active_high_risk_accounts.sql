create or replace view active_high_risk_accounts (
    sender_account_id options (description = 'Account with a live alert.'),
    transaction_id options (description = 'Payment that raised its latest alert.'),
    event_time options (description = 'When that payment was made, UTC.'),
    region options (description = 'Region of that payment.'),
    severity options (description = 'Velocity severity of that payment; null when it was high risk only.'),
    velocity_60s options (description = 'Payments in the 60 s up to that payment.'),
    fraud_score options (description = 'Score of that payment.'),
    risk_flags options (description = 'Flags of that payment.'),
    fraud_score_max options (description = 'Highest score among the live alerts of the account.'),
    alerts options (description = 'Live alerts of the account.'),
    velocity_alerts options (description = 'Those raised for velocity.'),
    high_risk_alerts options (description = 'Those raised for a score over 60; one alert can be both.'),
    amount_usd_total options (description = 'Sum of the amounts of the live alerts in US dollars.')
)
options (description = 'Accounts with an alert, for velocity or high risk, less than 5 minutes old by event time.')
as
with alerts as (
    select
        sender_account_id,
        transaction_id,
        event_time,
        region,
        severity,
        velocity_60s,
        fraud_score,
        risk_flags,
        is_velocity_fraud,
        is_high_risk,
        amount_usd,
        row_number() over (
            partition by sender_account_id
            order by event_time desc, kafka_timestamp desc, kafka_offset desc
        ) as recency
    from payment_transactions_fraud
    where
        event_time > timestamp_sub(current_timestamp(), interval 5 minute)
        and coalesce(is_alert, is_velocity_fraud or is_high_risk)
),

totals as (
    select
        sender_account_id,
        max(fraud_score) as fraud_score_max,
        count(*) as alerts,
        countif(is_velocity_fraud) as velocity_alerts,
        countif(is_high_risk) as high_risk_alerts,
        sum(amount_usd) as amount_usd_total
    from alerts
    group by sender_account_id
)

select
    alerts.sender_account_id,
    alerts.transaction_id,
    alerts.event_time,
    alerts.region,
    alerts.severity,
    alerts.velocity_60s,
    alerts.fraud_score,
    alerts.risk_flags,
    totals.fraud_score_max,
    totals.alerts,
    totals.velocity_alerts,
    totals.high_risk_alerts,
    totals.amount_usd_total
from alerts
inner join totals using (sender_account_id)
where alerts.recency = 1;
