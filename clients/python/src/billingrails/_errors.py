"""What a call ends with when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong with a request."""

    field: str
    """The path of the field, such as "events[3].properties.duration"."""
    description: str
    """What must be, for people."""


class BillingrailsError(Exception):
    """What a call ended with, whoever noticed it: the service, the network or this client."""

    code: grpc.StatusCode
    message: str
    reason: str
    """Stable, such as "METER_NOT_FOUND"; docs/errors.md lists them. Empty where no service has answered."""
    violations: tuple[Violation, ...]
    """Everything that is wrong with the request."""
    retry_after: float | None
    """After how many seconds repeating may help. None: not told."""
    help: str
    """Where the reason is explained. Empty where no service has answered."""
    request_id: str
    """Names the call in the logs of the services. Empty where no service has answered."""

    def __init__(self, code: grpc.StatusCode, message: str, **details: Any) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.reason = details.get("reason", "")
        self.violations = tuple(details.get("violations", ()))
        self.retry_after = details.get("retry_after")
        self.help = details.get("help", "")
        self.request_id = details.get("request_id", "")
        self.is_passing = details.get("is_passing", False)
        """Whether the very same call may succeed later: UNAVAILABLE, or RESOURCE_EXHAUSTED where repeating can help."""

    @classmethod
    def of(cls, error: Any) -> BillingrailsError:
        """A grpc.RpcError, as an error of this kind."""
        details: dict[str, Any] = {}
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            _read(detail, details)
        metadata = [*(error.initial_metadata() or ()), *(error.trailing_metadata() or ())]
        headers = {each.key: each.value for each in metadata}
        details["request_id"] = headers.get("x-request-id", "")
        passing = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
        details["is_passing"] = error.code() in passing and headers.get("grpc-retry-pushback-ms") != "-1"
        return cls(error.code(), error.details() or "", **details)

    def about(self, violations: list[Violation]) -> BillingrailsError:
        """The same, of one part of what was asked."""
        kept = {name: getattr(self, name) for name in ("reason", "retry_after", "help", "request_id", "is_passing")}
        return BillingrailsError(self.code, self.message, violations=violations, **kept)


def _read(detail: Any, into: dict[str, Any]) -> None:
    info = error_details_pb2.ErrorInfo()
    bad_request = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    links = error_details_pb2.Help()
    if detail.Unpack(info):
        into["reason"] = info.reason
    elif detail.Unpack(bad_request):
        into["violations"] = [Violation(each.field, each.description) for each in bad_request.field_violations]
    elif detail.Unpack(retry):
        into["retry_after"] = retry.retry_delay.ToTimedelta().total_seconds()
    elif detail.Unpack(links) and links.links:
        into["help"] = links.links[0].url
