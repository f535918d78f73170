create or replace view model_quality (
    week_start options (description = 'Monday of the week of the payments, UTC.'),
    model_version options (description = 'SHA-256 of the model.'),
    standing options (description = 'CHAMPION, which decides, or CHALLENGER, which scores the same payments.'),
    payments options (description = 'Payments scored.'),
    gated options (description = 'Of these, those that velocity alone would have alerted, all windows held.'),
    held_back options (description = 'Of these, those whose probability is not above 0.8.'),
    share_held_back options (description = 'held_back of gated.'),
    labelled options (description = 'Gated payments of which is known whether they were fraud.'),
    fraud_alerted options (description = 'Of these, fraud with a probability above 0.8.'),
    honest_alerted options (description = 'Of these, honest ones with a probability above 0.8: false positives.'),
    fraud_held_back options (description = 'Of these, fraud that was held back.'),
    honest_held_back options (description = 'Of these, honest ones that were held back.'),
    precision_alerted options (description = 'Share of fraud among labelled alerts; null without any.'),
    false_positive_rate options (description = 'Share of labelled honest ones that alert; null without any.'),
    brier options (description = 'Mean square of probability less truth, over the labelled; null without any.')
)
options (description = "How good each model is at the gate, by week, from labels of people before the simulator's.")
as
with labels as (
    select
        kafka_topic,
        kafka_partition,
        kafka_offset,
        is_fraud
    from payment_labels
    qualify row_number() over (
        partition by kafka_topic, kafka_partition, kafka_offset
        order by if(source = 'SIMULATOR', 1, 0), observed_at desc, recorded_at desc
    ) = 1
),

standings as (
    select 'CHAMPION' as standing
    union all
    select 'CHALLENGER' as standing
),

-- one scan of the payments for both, where a union of two queries would be two
scores as (
    select
        payments.event_time,
        standings.standing,
        labels.is_fraud,
        if(standings.standing = 'CHAMPION', payments.model_version, payments.challenger_version) as model_version,
        if(
            standings.standing = 'CHAMPION', payments.fraud_probability, payments.challenger_probability
        ) as probability,
        payments.is_velocity_fraud and payments.features_complete as is_gated
    from payment_transactions_fraud as payments
    cross join standings
    left join labels using (kafka_topic, kafka_partition, kafka_offset)
),

counts as (
    select
        model_version,
        standing,
        -- of Mondays, the first since 1970: the emulator's weeks begin on Sunday, whatever it is told
        date_add(
            date '1970-01-05', interval div(date_diff(date(event_time), date '1970-01-05', day), 7) * 7 day
        ) as week_start,
        count(*) as payments,
        countif(is_gated) as gated,
        countif(is_gated and probability <= 0.8) as held_back,
        countif(is_gated and is_fraud is not null) as labelled,
        countif(is_gated and is_fraud and probability > 0.8) as fraud_alerted,
        countif(is_gated and not is_fraud and probability > 0.8) as honest_alerted,
        countif(is_gated and is_fraud and probability <= 0.8) as fraud_held_back,
        countif(is_gated and not is_fraud and probability <= 0.8) as honest_held_back,
        avg(if(is_gated and is_fraud is not null, pow(probability - if(is_fraud, 1, 0), 2), null)) as brier
    from scores
    where model_version is not null
    group by model_version, standing, week_start
)

select
    week_start,
    model_version,
    standing,
    payments,
    gated,
    held_back,
    safe_divide(held_back, gated) as share_held_back,
    labelled,
    fraud_alerted,
    honest_alerted,
    fraud_held_back,
    honest_held_back,
    safe_divide(fraud_alerted, fraud_alerted + honest_alerted) as precision_alerted,
    safe_divide(honest_alerted, honest_alerted + honest_held_back) as false_positive_rate,
    brier
from counts;
