"""How alerts reach people outside: deliveries, Slack messages, signatures."""
