create or replace view prevented_fraud (
    event_date options (description = 'UTC date of the payments; filter on it to read few partitions.'),
    currency options (description = 'ISO 4217 code of the amounts.'),
    transactions options (description = 'Payments declined.'),
    accounts options (description = 'Distinct sender accounts they were declined for.'),
    amount_declined options (description = 'Exact sum of the declined amounts.'),
    amount_declined_usd options (description = 'The same in US dollars by the reference rates of the score.')
)
options (description = 'Amounts declined by date and currency.')
as
with declined as (
    select
        date(event_time) as event_date,
        currency,
        sender_account_id,
        amount,
        kafka_topic,
        kafka_partition,
        kafka_offset
    from payment_transactions
    where status = 'DECLINED'
),

in_dollars as (
    select
        date(event_time) as event_date,
        amount_usd,
        kafka_topic,
        kafka_partition,
        kafka_offset
    from payment_transactions_fraud
    where status = 'DECLINED'
)

select
    declined.event_date,
    declined.currency,
    count(*) as transactions,
    count(distinct declined.sender_account_id) as accounts,
    sum(declined.amount) as amount_declined,
    sum(in_dollars.amount_usd) as amount_declined_usd
from declined
left join in_dollars using (event_date, kafka_topic, kafka_partition, kafka_offset)
group by declined.event_date, declined.currency;
