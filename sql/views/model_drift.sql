create or replace view model_drift (
    week_start options (description = 'Monday of the week of the payments, UTC.'),
    model_version options (description = 'SHA-256 of the model that scored them as champion.'),
    feature options (description = 'Column of payment_transactions_fraud: a feature, or the score fraud_probability.'),
    payments options (description = 'Payments scored in the week.'),
    reference_payments options (description = 'Payments of the first week in which the model scored, the reference.'),
    psi options (
        description = 'Population stability index of the week against the reference: 0.1 look, 0.25 act.'
    )
)
options (description = 'How far features and score of a model have moved in twelve weeks, by week.')
as
with features as (
    select 'fraud_probability' as feature
    union all
    select 'amount_usd'
    union all
    select 'velocity_60s'
    union all
    select 'velocity_5m'
    union all
    select 'card_count_1h'
    union all
    select 'card_accounts_1h'
    union all
    select 'card_usd_1h'
    union all
    select 'account_usd_1h'
    union all
    select 'device_cards_1h'
    union all
    select 'merchant_declined_10m'
    union all
    select 'bin_declined_10m'
),

scored as (
    select
        payments.model_version,
        features.feature,
        -- of Mondays, the first since 1970, as in model_quality
        date_add(
            date '1970-01-05', interval div(date_diff(date(payments.event_time), date '1970-01-05', day), 7) * 7 day
        ) as week_start,
        case features.feature
            when 'fraud_probability' then 10000 * payments.fraud_probability
            when 'amount_usd' then cast(payments.amount_usd as float64)
            when 'velocity_60s' then cast(payments.velocity_60s as float64)
            when 'velocity_5m' then cast(payments.velocity_5m as float64)
            when 'card_count_1h' then cast(payments.card_count_1h as float64)
            when 'card_accounts_1h' then cast(payments.card_accounts_1h as float64)
            when 'card_usd_1h' then cast(payments.card_usd_1h as float64)
            when 'account_usd_1h' then cast(payments.account_usd_1h as float64)
            when 'device_cards_1h' then cast(payments.device_cards_1h as float64)
            when 'merchant_declined_10m' then cast(payments.merchant_declined_10m as float64)
            when 'bin_declined_10m' then cast(payments.bin_declined_10m as float64)
        end as measured
    from payment_transactions_fraud as payments
    cross join features
    where
        payments.model_version is not null
        -- from a Monday on: a reference that is cut in the middle of its week differs by its days alone
        and payments.event_time >= timestamp(
            date_add(
                date '1970-01-05', interval div(date_diff(current_date(), date '1970-01-05', day), 7) * 7 - 77 day
            )
        )
),

counts as (
    select
        model_version,
        feature,
        week_start,
        coalesce(cast(floor(ln(1 + measured) / ln(2)) as int64), -1) as bin,
        count(*) as payments
    from scored
    group by model_version, feature, week_start, bin
),

weeks as (
    select
        model_version,
        feature,
        week_start,
        sum(payments) as payments,
        min(week_start) over (partition by model_version) as reference_week
    from counts
    group by model_version, feature, week_start
),

bins as (
    select distinct
        model_version,
        feature,
        bin
    from counts
),

-- half a payment more in each bin, so that one that is empty in a week has a logarithm
shares as (
    select
        weeks.model_version,
        weeks.feature,
        weeks.week_start,
        weeks.reference_week,
        weeks.payments,
        bins.bin,
        (coalesce(counts.payments, 0) + 0.5)
        / (
            weeks.payments
            + 0.5 * count(*) over (partition by weeks.model_version, weeks.feature, weeks.week_start)
        ) as part
    from weeks
    inner join bins on weeks.model_version = bins.model_version and weeks.feature = bins.feature
    left join counts
        on
            weeks.model_version = counts.model_version
            and weeks.feature = counts.feature
            and weeks.week_start = counts.week_start
            and bins.bin = counts.bin
)

select
    shares.week_start,
    shares.model_version,
    shares.feature,
    shares.payments,
    reference.payments as reference_payments,
    sum((shares.part - reference.part) * ln(shares.part / reference.part)) as psi
from shares
inner join shares as reference
    on
        shares.model_version = reference.model_version
        and shares.feature = reference.feature
        and shares.bin = reference.bin
        and shares.reference_week = reference.week_start
group by shares.week_start, shares.model_version, shares.feature, shares.payments, reference.payments;
