"""The web applications through HTTP, without a browser, a broker or ROS."""

from tests.quickly import migrations_run_once, quick_passwords

__all__ = ["migrations_run_once", "quick_passwords"]
