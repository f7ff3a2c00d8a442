"""Scenarios: what happens in the simulated home, written down as YAML, played on a backend and judged."""
