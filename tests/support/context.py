"""What Lambda tells a function about its invocation."""

from dataclasses import dataclass

from handler.app import lambda_handler


@dataclass
class Context:
    """An invocation that has just begun."""

    function_name: str = "paperboy"
    function_version: str = "1"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:paperboy"
    aws_request_id: str = "request"

    def get_remaining_time_in_millis(self) -> int:
        return 100_000


def invoke(event: object) -> dict[str, object]:
    """Call the handler as Lambda does, and return its report."""
    report: dict[str, object] = lambda_handler(event, Context())  # type: ignore[arg-type]
    return report
