"""What is sent when: ordinary payments, scripted episodes."""
