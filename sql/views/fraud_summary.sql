create or replace view fraud_summary (
    event_date options (description = 'UTC date of the payments; filter on it to read few partitions.'),
    region options (description = 'Region of the payments.'),
    currency options (description = 'ISO 4217 code of the amounts.'),
    merchant_category options (description = 'Merchant category code, four digits.'),
    transactions options (description = 'Accepted payments.'),
    alerts options (description = 'Payments alerted.'),
    velocity_alerts options (description = 'Payments alerted for velocity.'),
    high_risk_transactions options (description = 'Payments with a score over 60.'),
    amount_total options (description = 'Exact sum of all amounts.'),
    alert_amount_total options (description = 'Exact sum of the alerted amounts.'),
    amount_usd_total options (description = 'Sum of all amounts in US dollars.'),
    alert_amount_usd_total options (description = 'Sum of the alerted amounts in US dollars.'),
    fraud_score_average options (description = 'Average score of all payments.'),
    high_amount_flags options (description = 'Payments with the flag HIGH_AMOUNT.'),
    velocity_60s_flags options (description = 'Payments with the flag VELOCITY_60S.'),
    velocity_5m_flags options (description = 'Payments with the flag VELOCITY_5M.'),
    geo_change_flags options (description = 'Payments with the flag GEO_CHANGE.'),
    device_change_flags options (description = 'Payments with the flag DEVICE_CHANGE.')
)
options (description = 'Fraud trends by date, region, currency and merchant category.')
as
with scored as (
    select
        date(event_time) as event_date,
        region,
        currency,
        merchant_category,
        amount,
        amount_usd,
        fraud_score,
        is_velocity_fraud,
        is_high_risk,
        coalesce(is_alert, is_velocity_fraud or is_high_risk) as is_alert,
        risk_flags
    from payment_transactions_fraud
)

select
    event_date,
    region,
    currency,
    merchant_category,
    count(*) as transactions,
    countif(is_alert) as alerts,
    countif(is_velocity_fraud and is_alert) as velocity_alerts,
    countif(is_high_risk) as high_risk_transactions,
    sum(amount) as amount_total,
    sum(if(is_alert, amount, 0)) as alert_amount_total,
    sum(amount_usd) as amount_usd_total,
    sum(if(is_alert, amount_usd, 0)) as alert_amount_usd_total,
    avg(fraud_score) as fraud_score_average,
    countif('HIGH_AMOUNT' in unnest(risk_flags)) as high_amount_flags,
    countif('VELOCITY_60S' in unnest(risk_flags)) as velocity_60s_flags,
    countif('VELOCITY_5M' in unnest(risk_flags)) as velocity_5m_flags,
    countif('GEO_CHANGE' in unnest(risk_flags)) as geo_change_flags,
    countif('DEVICE_CHANGE' in unnest(risk_flags)) as device_change_flags
from scored
group by event_date, region, currency, merchant_category;
