"""Where a micro-batch goes: alerts first, dead letters, then the warehouse."""
