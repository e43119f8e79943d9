"""The client of Billingrails: every call of the API, and what each program would have to write around them."""

from billingrails.ingest.v1.event_pb2 import Event

from ._client import Billingrails
from ._errors import BillingrailsError, Violation
from ._event_sender import EventSender
from ._paged import paged
from ._properties import properties
from ._webhooks import WebhookVerificationError, verify_webhook

__all__ = [
    "Billingrails",
    "BillingrailsError",
    "Event",
    "EventSender",
    "Violation",
    "WebhookVerificationError",
    "paged",
    "properties",
    "verify_webhook",
]
