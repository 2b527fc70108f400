"""The empty handler: what Lambda's own start-up code costs, and Python."""


def lambda_handler(event: object, _: object) -> object:
    """Return the event."""
    return event
