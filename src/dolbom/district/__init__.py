"""The reference district platform: enrolment, events, desk."""
