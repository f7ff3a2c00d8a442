"""What a home's records say over days and weeks: charts, a weekly report, FHIR. Only what was written down."""
