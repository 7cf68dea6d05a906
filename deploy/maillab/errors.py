"""The one error that the lab's commands report."""


class LabError(Exception):
    """What went wrong and what to do about it."""
