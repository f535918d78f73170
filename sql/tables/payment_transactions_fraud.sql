create table if not exists payment_transactions_fraud (
    transaction_id string not null options (
        description = 'Identifier given by the originator; accepted once within an hour of event time.'
    ),
    event_time timestamp not null options (description = "When the payment was made, UTC, by the originator's clock."),
    amount numeric not null options (description = 'Exact amount in units of currency.'),
    currency string not null options (description = 'ISO 4217 code of the amount.'),
    sender_account_id string not null options (description = 'Account that pays; velocity is counted per sender.'),
    receiver_account_id string not null options (description = 'Account that is paid.'),
    region string not null options (description = 'Region the payment was made from.'),
    device_id string not null options (description = 'Device the payment was made on.'),
    ip_address string options (description = 'Network the payment came from: the address cut to /24 or /48.'),
    merchant_id string not null options (description = 'Merchant that took the payment.'),
    merchant_category string not null options (description = 'Merchant category code, four digits.'),
    status string not null options (description = 'PENDING, APPROVED or DECLINED, as the event said.'),
    credit_card_masked string not null options (
        description = 'Card number with only its last four digits: XXXX-XXXX-XXXX-1234.'
    ),
    cvv_masked string not null options (description = 'Always XXX: a CVV is never stored.'),
    card_expiry_masked string not null options (description = 'Month of expiry without its year: MM/XX.'),
    pii_hash string not null options (
        description = 'HMAC-SHA-256 in hex of card number and expiry, under old keys with the CVV; erasure looks it up.'
    ),
    card_token string not null options (
        description = 'HMAC-SHA-256 in hex of the card number: one per card, whatever the CVV.'
    ),
    pii_key_version string not null options (description = 'Version of the key behind pii_hash and card_token.'),
    kafka_topic string not null options (description = 'Topic the event was read from.'),
    kafka_partition int64 not null options (description = 'Partition of kafka_topic.'),
    kafka_offset int64 not null options (description = 'Offset in kafka_partition.'),
    kafka_timestamp timestamp not null options (description = 'When Kafka appended the event, UTC.'),
    ingested_at timestamp not null options (description = 'When the streaming job handled the event, UTC.'),
    velocity_60s int64 not null options (
        description = 'Distinct accepted payments of the sender in the 60 s up to and including this one.'
    ),
    velocity_5m int64 not null options (
        description = 'Distinct accepted payments of the sender in the 5 minutes up to and including this one.'
    ),
    velocity_complete bool not null options (
        description = 'False when the event came too late for its whole window to be still held.'
    ),
    is_velocity_fraud bool not null options (description = 'Whether velocity_60s is more than 3.'),
    severity string options (description = 'HIGH at 4 payments in 60 s, CRITICAL from 5; null without velocity fraud.'),
    velocity_fraud_peers array<string> options (description = 'Transaction ids in the 60 s window, this one included.'),
    amount_usd numeric not null options (description = 'Amount in US dollars by the reference-rate table.'),
    geographic_risk bool not null options (
        description = "Whether the region differs from the sender's previous payment within 5 minutes."
    ),
    device_risk bool not null options (description = 'Whether the sender used 3 or more devices in 5 minutes.'),
    fraud_score int64 not null options (description = 'Sum of the points of the flags raised, at most 100.'),
    is_high_risk bool not null options (description = 'Whether fraud_score is more than 60.'),
    risk_flags array<string> options (description = 'Flags that live detections raised, the most points first.'),
    fraud_probability float64 options (
        description = 'Probability of fraud by the classifier, 0 to 1; null where none scored the payment.'
    ),
    bin_token string options (
        description = 'HMAC-SHA-256 in hex of the first eight digits of the card; null before it was kept.'
    ),
    card_count_1h int64 options (
        description = 'Accepted payments by the card in the hour up to and including this one.'
    ),
    card_accounts_1h int64 options (description = 'Distinct sender accounts among card_count_1h.'),
    card_small_1h int64 options (description = 'Of the card, payments of at most 2 USD in the hour before this one.'),
    card_declines_1h int64 options (description = 'Of the card, declined payments in the hour before this one.'),
    card_usd_1h numeric options (description = 'Sum of amount_usd over card_count_1h, exact.'),
    device_cards_1h int64 options (
        description = 'Distinct cards on the device in the hour up to and including this payment.'
    ),
    device_accounts_1h int64 options (
        description = 'Distinct sender accounts on the device in the hour up to and including this payment.'
    ),
    account_usd_1h numeric options (
        description = 'Sum of amount_usd of the sender in the hour up to and including this payment, exact.'
    ),
    network_test_cards_10m int64 options (
        description = 'Distinct cards in test-like payments (5 USD or less, or declined) of the network in 10 minutes.'
    ),
    merchant_test_cards_10m int64 options (description = 'The same of the merchant, in the 10 minutes.'),
    merchant_declined_10m int64 options (description = 'Of merchant_test_cards_10m, the cards that were declined.'),
    bin_test_cards_10m int64 options (description = 'The same of the bin_token.'),
    bin_declined_10m int64 options (description = 'Of bin_test_cards_10m, the cards that were declined.'),
    features_complete bool options (
        description = 'False when the event came too late for the windows of all keys to be still held.'
    ),
    known_device bool options (
        description = 'Whether the device is in the account profile of the last midnight UTC; null without a profile.'
    ),
    known_merchant bool options (description = 'Whether the merchant is, likewise.'),
    days_since_last float64 options (description = 'Days since last_event_time of that profile.'),
    amount_to_habit float64 options (description = 'amount_usd over habit_usd of that profile.'),
    reason_codes array<string> options (
        description = 'Each flag with its points, and the values beside their bounds, in words.'
    ),
    list_hits array<string> options (
        description = 'Lists that something of the payment is on, such as BLOCK device.'
    ),
    is_alert bool options (
        description = 'Whether an alert was raised; null in rows from before detections: velocity fraud or high risk.'
    ),
    model_version string options (
        description = 'SHA-256 of the model behind fraud_probability; null where none scored the payment.'
    ),
    gate string options (
        description = 'What the gate made of velocity fraud: PASSED, SUPPRESSED, SAMPLED, INCOMPLETE or FAILED.'
    ),
    challenger_probability float64 options (
        description = 'Probability by the model that scores beside the champion and decides nothing.'
    ),
    challenger_version string options (description = 'SHA-256 of the model behind challenger_probability.'),
    model_reasons array<string> options (
        description = 'What moved the classifier most, in words, of an alert or of what the gate held back.'
    ),
    primary key (kafka_topic, kafka_partition, kafka_offset) not enforced
)
partition by date(event_time)
cluster by sender_account_id, receiver_account_id, currency
options (
    description = 'Accepted payments with velocity, risk flags and score: one row per row of payment_transactions.',
    labels = [('system', 'payment-fraud')]
);
