"""The way to the district: outbox, transport, receipts."""
