"""The channel that generated stubs call through."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import grpc

from ._errors import BillingrailsError
from ._event_sender import EventSender


class Billingrails:
    """Billingrails with one API key. Connects with the first call; close it, or use it in a `with`.

    `address` is where all services are reached, such as "https://billing.example.com"; `addresses` names services
    that are reached by an address of their own, by the second part of their package: {"ingest": "http://127.0.0.1:7001"}.
    A call may take `timeout` seconds with all its tries, unless it says otherwise; streams have no limit. What ends
    with UNAVAILABLE or RESOURCE_EXHAUSTED is tried `tries` times in all, 1 to 5. Raises ValueError where the key or
    every address is missing.
    """

    def __init__(
        self,
        key: str,
        address: str | None = None,
        *,
        addresses: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        tries: int = 4,
    ) -> None:
        if not key:
            raise ValueError('key: must be an API key, "br_…".')
        if not address and not addresses:
            raise ValueError('address: must be where Billingrails is reached, "http://127.0.0.1:7000".')
        self._channel = _Channel(key, address, dict(addresses or {}), timeout, tries)

    @property
    def channel(self) -> grpc.Channel:
        """What generated stubs call through: `MeterServiceStub(billingrails.channel)`."""
        return self._channel

    def event_sender(self, on_refused: Callable[[Any, BillingrailsError], None], **options: Any) -> EventSender:
        """Sends events in the background; the options are those of EventSender."""
        return EventSender(self._channel, on_refused, **options)

    def close(self) -> None:
        """Ends the connections, and what is being called."""
        self._channel.close()

    def __enter__(self) -> Billingrails:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _options(tries: int) -> list[tuple[str, Any]]:
    """gRPC tries again by itself, with jitter, and after as long as the service says."""
    policy = {
        "maxAttempts": tries,
        "initialBackoff": "0.2s",
        "maxBackoff": "5s",
        "backoffMultiplier": 3,
        "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
    }
    config = {"methodConfig": [{"name": [{}], **({"retryPolicy": policy} if tries > 1 else {})}]}
    return [
        ("grpc.service_config", json.dumps(config)),
        ("grpc.per_rpc_retry_buffer_size", 4 << 20),
        ("grpc.initial_reconnect_backoff_ms", 500),
        ("grpc.max_reconnect_backoff_ms", 5_000),
    ]


class _Channel(grpc.Channel):
    """Leads each call to the address of its service, with the key, a deadline, and errors of our kind."""

    def __init__(
        self, key: str, address: str | None, addresses: dict[str, str], timeout: float, tries: int
    ) -> None:
        self._metadata = ("authorization", f"Bearer {key}")
        self._address = address
        self._addresses = addresses
        self._timeout = timeout
        self._options = _options(tries)
        self._channels: dict[str, grpc.Channel] = {}

    def _of(self, method: str) -> grpc.Channel:
        service = method.split(".")[1]
        address = self._addresses.get(service) or self._address
        if not address:
            raise ValueError(f'addresses: must say where the service "{service}" is reached.')
        if address not in self._channels:
            url = urlsplit(address if "://" in address else f"http://{address}")
            secure = url.scheme == "https"
            target = f"{url.hostname}:{url.port or (443 if secure else 80)}"
            self._channels[address] = (
                grpc.secure_channel(target, grpc.ssl_channel_credentials(), self._options)
                if secure
                else grpc.insecure_channel(target, self._options)
            )
        return self._channels[address]

    def with_key(self, metadata: Any) -> list[tuple[str, str | bytes]]:
        return [*(metadata or ()), self._metadata]

    def unary_unary(self, method: str, *args: Any, **options: Any) -> Any:
        return _Unary(self, self._of(method).unary_unary(method, *args, **options), self._timeout)

    def unary_stream(self, method: str, *args: Any, **options: Any) -> Any:
        return _Streaming(self, self._of(method).unary_stream(method, *args, **options))

    def stream_unary(self, method: str, *args: Any, **options: Any) -> Any:
        return self._of(method).stream_unary(method, *args, **options)

    def stream_stream(self, method: str, *args: Any, **options: Any) -> Any:
        return _Streaming(self, self._of(method).stream_stream(method, *args, **options))

    def subscribe(self, callback: Any, try_to_connect: bool | None = False) -> None:
        for channel in self._channels.values():
            channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        for channel in self._channels.values():
            channel.unsubscribe(callback)

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def __enter__(self) -> _Channel:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class _Unary(grpc.UnaryUnaryMultiCallable):
    def __init__(self, channel: _Channel, call: grpc.UnaryUnaryMultiCallable, timeout: float) -> None:
        self._channel = channel
        self._call = call
        self._timeout = timeout

    def _arguments(self, request: Any, timeout: float | None, metadata: Any) -> dict[str, Any]:
        return {
            "request": _with_request_id(request),
            "timeout": self._timeout if timeout is None else timeout,
            "metadata": self._channel.with_key(metadata),
        }

    def __call__(self, request: Any, timeout: float | None = None, metadata: Any = None, *args: Any, **options: Any) -> Any:
        return self.with_call(request, timeout, metadata, *args, **options)[0]

    def with_call(self, request: Any, timeout: float | None = None, metadata: Any = None, *args: Any, **options: Any) -> Any:
        """The answer and the call that it came by."""
        request, timeout, metadata = self._arguments(request, timeout, metadata).values()
        try:
            return self._call.with_call(request, timeout, metadata, *args, **options)
        except grpc.RpcError as error:
            raise BillingrailsError.of(error) from error

    def future(self, request: Any, timeout: float | None = None, metadata: Any = None, *args: Any, **options: Any) -> Any:
        """Of grpc; give the error that it ends with to `BillingrailsError.of`."""
        request, timeout, metadata = self._arguments(request, timeout, metadata).values()
        return self._call.future(request, timeout, metadata, *args, **options)


class _Streaming:
    def __init__(self, channel: _Channel, call: Any) -> None:
        self._channel = channel
        self._call = call

    def __call__(self, request: Any, timeout: float | None = None, metadata: Any = None, *args: Any, **options: Any) -> Any:
        return _Messages(self._call(request, timeout, self._channel.with_key(metadata), *args, **options))


class _Messages:
    """The messages of a stream; what ends it early is a BillingrailsError. All else is as of grpc's call."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise BillingrailsError.of(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _with_request_id(request: Any) -> Any:
    """A write without a request_id gets one, so that trying again cannot do it twice."""
    if "request_id" not in request.DESCRIPTOR.fields_by_name or request.request_id:
        return request
    completed = type(request)()
    completed.CopyFrom(request)
    completed.request_id = str(uuid.uuid4())
    return completed
