"""Webhooks, as Standard Webhooks signs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

__all__ = ["WebhookVerificationError", "verify_webhook"]


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes | str) -> dict[str, Any]:
    """The event of a webhook, once its signature has proved who sent it, at most five minutes ago.

    `body` is the body of the request as it came, `secret` the endpoint's "whsec_…". Raises WebhookVerificationError.
    """
    return Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
