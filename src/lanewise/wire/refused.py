"""Whether a whole answer that nobody has read refuses."""

from __future__ import annotations

import re

#: A member `refusal` with words, or a part of that type. Within a string of JSON the quotes would be escaped.
_REFUSAL = re.compile(rb'"refusal"\s*:\s*"|:\s*"refusal"')


def refuses(body: bytes) -> bool:
    """Whether a vendor's whole body holds a refusal, in any dialect that says it in its content."""
    return b'"refusal"' in body and _REFUSAL.search(body) is not None
