"""The one kind of error that is shown to a person as a single line."""


class UserError(Exception):
    """Something a person can mend: says what is wrong with which thing, and the cure.

    Raised anywhere in the core for bad input; the CLI prints it as one line and exits with 2.
    """

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message} — {cure}" if cure else message)
        self.message = message
        self.cure = cure
