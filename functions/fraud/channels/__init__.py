"""How people outside are told: deliveries, Slack messages, signatures."""
