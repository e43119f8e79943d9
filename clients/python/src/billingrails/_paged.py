"""Lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def paged(call: Callable[..., Any], request: Any, **options: Any) -> Iterator[Any]:
    """Iterates over what is listed, page by page as it is read: `paged(stub.ListInvoices, ListInvoicesRequest())`.

    The options go into each call: `timeout`, `metadata`.
    """
    asked = type(request)()
    asked.CopyFrom(request)
    while True:
        page = call(asked, **options)
        items = [
            field.name
            for field in page.DESCRIPTOR.fields
            if field.is_repeated and field.message_type is not None
        ]
        if len(items) != 1:
            raise TypeError(f"{page.DESCRIPTOR.full_name} is no page of one list.")
        yield from getattr(page, items[0])
        if not page.next_page_token:
            return
        asked.page_token = page.next_page_token
