-- The job's work in Flink SQL: what is left out here (masking as a function of the name `mask`) is registered by
-- flink_job.py. Times are stretched, a microsecond as a millisecond: Flink orders rows by whole milliseconds.
create table payments (
    `value` bytes,
    `partition` int metadata virtual,
    `offset` bigint metadata virtual,
    appended timestamp_ltz(3) metadata from 'timestamp' virtual,
    event_clock as event_clock(`value`, appended),
    arrived as proctime(),
    watermark for event_clock as event_clock
) with (
    'connector' = 'kafka',
    'properties.bootstrap.servers' = '{servers}',
    'properties.group.id' = 'flink',
    'topic' = '{topic}',
    'format' = 'raw',
    'scan.startup.mode' = 'earliest-offset',
    'scan.bounded.mode' = 'latest-offset'
);

create table results (
    `partition` int,
    `offset` bigint,
    velocity_60s bigint,
    velocity_5m bigint,
    score int,
    card string
) with ('connector' = 'filesystem', 'path' = 'file://{results}', 'format' = 'csv');

create view masked as
select p.`partition`, p.`offset`, p.event_clock, p.arrived, m.*
from payments as p, lateral table(mask(p.`value`, p.appended)) as m(
    transaction_id, sender, at_micros, region, device, is_high, card
);

create view elected as
select `partition`, `offset`, event_clock, sender, at_micros, region, device, is_high, card
from (select *, row_number() over (partition by transaction_id order by arrived asc) as place from masked)
where place = 1;

create view minutes as
select
    *,
    count(*) over (
        partition by sender order by event_clock
        range between interval '0 16:39:59.999' day to second preceding and current row
    ) as velocity_60s
from elected;

create view spans as
select
    *,
    count(*) over five as velocity_5m,
    count(distinct device) over five as devices
from minutes
window five as (
    partition by sender order by event_clock
    range between interval '3 11:19:59.999' day to second preceding and current row
);

create view facts as
select
    *,
    lag(region, 1) over (partition by sender order by event_clock) as region_before,
    lag(at_micros, 1) over (partition by sender order by event_clock) as at_before
from spans;

insert into results
select
    `partition`,
    `offset`,
    velocity_60s,
    velocity_5m,
    cast(least(
        100,
        case when is_high then {high_amount} else 0 end
        + case when velocity_60s >= {critical} then {velocity_60s_critical}
               when velocity_60s > {normal} then {velocity_60s_high} else 0 end
        + case when velocity_5m > {max_normal_velocity_5m} then {velocity_5m} else 0 end
        + case when region_before is not null and region_before <> region and at_micros - at_before < 300000000
               then {geo_change} else 0 end
        + case when devices >= {many_devices} then {device_change} else 0 end
    ) as int),
    card
from facts;
