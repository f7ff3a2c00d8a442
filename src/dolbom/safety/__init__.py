"""Everything that can become an alarm becomes one distress per person."""
