create or replace view daily_summary (
    event_date options (description = 'UTC date of the payments; filter on it to read few partitions.'),
    currency options (description = 'ISO 4217 code of the amounts.'),
    transactions options (description = 'Accepted payments.'),
    amount_total options (description = 'Exact sum of the amounts.'),
    amount_min options (description = 'Smallest amount.'),
    amount_max options (description = 'Largest amount.'),
    amount_average options (description = 'Average amount.'),
    sender_accounts options (description = 'Distinct accounts that paid.'),
    receiver_accounts options (description = 'Distinct accounts that were paid.')
)
options (description = 'Accepted payments by date and currency; the sums reconcile to the minor unit.')
as
with payments as (
    select
        date(event_time) as event_date,
        currency,
        amount,
        sender_account_id,
        receiver_account_id
    from payment_transactions
)

select
    event_date,
    currency,
    count(*) as transactions,
    sum(amount) as amount_total,
    min(amount) as amount_min,
    max(amount) as amount_max,
    avg(amount) as amount_average,
    count(distinct sender_account_id) as sender_accounts,
    count(distinct receiver_account_id) as receiver_accounts
from payments
group by event_date, currency;
