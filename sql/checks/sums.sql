-- Amounts by currency in both tables of accepted payments.
with amounts as (
    select
        currency,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        amount as transaction_amount,
        cast(0 as numeric) as fraud_amount
    from payment_transactions
    union all
    select
        currency,
        kafka_topic,
        kafka_partition,
        kafka_offset,
        cast(0 as numeric) as transaction_amount,
        amount as fraud_amount
    from payment_transactions_fraud
)

select
    currency,
    sum(transaction_amount) as transaction_amount,
    sum(fraud_amount) as fraud_amount
from amounts
where
    kafka_topic = @topic
    and exists (
        select 1
        from unnest(@ends) as end_offset with offset as finished_partition
        where finished_partition = kafka_partition and kafka_offset < end_offset
    )
group by currency
order by currency
