create table if not exists account_profiles (
    as_of timestamp not null options (
        description = 'Midnight UTC that the profile stands at: made of payments before, it judges those after.'
    ),
    sender_account_id string not null options (description = 'Account that pays.'),
    payments int64 not null options (
        description = 'Accepted payments of the 400 days before as_of that raised no alert: what it is made of.'
    ),
    last_event_time timestamp not null options (description = 'When the latest of them was made, UTC.'),
    habit_usd numeric options (
        description = 'Their median in US dollars, the lower of two middle ones; null for fewer than five payments.'
    ),
    device_ids array<string> options (description = 'The 20 devices of them that were used last.'),
    merchant_ids array<string> options (description = 'The 200 merchants of them that were paid last.'),
    card_tokens array<string> options (
        description = 'Every card of them: an erasure finds the profile by it.'
    ),
    primary key (as_of, sender_account_id) not enforced
)
partition by date(as_of)
cluster by sender_account_id
options (
    description = 'What is usual for an account, made anew each day; of two days, so that each payment finds one.',
    labels = [('system', 'payment-fraud')]
);
