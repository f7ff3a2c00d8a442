"""`python -m dolbom` is `dolbom`."""

from dolbom.cli import main

main()
