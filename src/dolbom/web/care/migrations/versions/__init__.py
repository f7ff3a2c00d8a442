"""Alembic's steps for web.db."""
