"""Every exception Lanewise raises on purpose. Expected outcomes are values, so there are few.

* LanewiseError
  x InvalidRequest          the caller's request cannot be taken; nothing was sent or charged
    + BodyTooLarge
    + UnknownModel
    + UnknownResponse
    + HeldElsewhere         the conversation, or a part of it, is to be held by a vendor, and not in the body
    + OtherRequest          another request came by this idempotency key before
    + NotShared             one is being answered by this key, and is too long to be shared, or by another process and not soon enough
    + NotJudged             a later verdict that cannot be taken: there was no answer, it was given already, or there are too many
    + AnswerGone            the answer by this key was given and is not kept: where its run is, and how to pay again
  x NotAllowed              who is asking may not
    + InvalidKey
  x LimitReached            a rate, a concurrency limit or a budget; carries when to come back
  x Unavailable             the gateway itself cannot take the request now
  x MalformedStream         a vendor sent bytes its own dialect does not allow
  x PolicyError             the policy file is wrong; names file, line, key and remedy
  x StoreError              the store of record cannot be opened or written
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanewise.core.protocols.hot_state import Standing


class LanewiseError(Exception):
    """Something Lanewise refuses or cannot do, said so that the reader can act on it."""

    status = 500
    kind = "internal_error"
    code: str | None = None  # OpenAI's word for it, where there is one

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class InvalidRequest(LanewiseError):
    """The request cannot be taken as it is."""

    status = 400
    kind = "invalid_request_error"


class BodyTooLarge(InvalidRequest):
    """The request's body is over the limit."""

    status = 413


class UnknownModel(InvalidRequest):
    """No deployment, lane or rule answers to this model name."""

    status = 404
    code = "model_not_found"


class UnknownResponse(InvalidRequest):
    """No such response is kept for this tenant, or it is kept no longer."""

    status = 404
    code = "previous_response_not_found"


class HeldElsewhere(InvalidRequest):
    """The conversation is to be held by a vendor: no other one could go on with it, nor could anybody know what a call may cost."""

    code = "thread_unsupported_request"


class OtherRequest(InvalidRequest):
    """Another request came by this idempotency key before."""

    status = 422
    code = "idempotency_key_reused"


class NotShared(InvalidRequest):
    """Who else came by this idempotency key is being answered, and this one cannot join, or not wait any longer."""

    status = 409
    code = "idempotency_key_in_use"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AnswerGone(InvalidRequest):
    """Who asked by this idempotency key before was answered, and the answer is not kept: asking anew would pay for it again."""

    status = 410
    code = "idempotency_answer_gone"


class NotJudged(InvalidRequest):
    """A later verdict that cannot be taken: nothing was answered, it was given already, or there are too many."""

    status = 409
    code = "verdict_not_taken"


class NotAllowed(LanewiseError):
    """The key may not do this."""

    status = 403
    kind = "permission_error"


class InvalidKey(NotAllowed):
    """No key, or one that is unknown, revoked or expired."""

    status = 401
    kind = "authentication_error"
    code = "invalid_api_key"


class LimitReached(LanewiseError):
    """A limit of this tenant or key is reached."""

    status = 429
    kind = "rate_limit_error"

    def __init__(self, message: str, *, retry_after_s: float, limit: str, standing: Standing | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.limit = limit
        self.standing = standing  # of the limits that hold for it, where there are rates


class Unavailable(LanewiseError):
    """The gateway cannot take the request now."""

    status = 503
    kind = "unavailable"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class MalformedStream(LanewiseError):
    """The vendor's bytes are not what its dialect allows."""

    status = 502
    kind = "upstream_error"


class PolicyError(LanewiseError):
    """The policy cannot be used; the message names file, line, key and what to write."""


class StoreError(LanewiseError):
    """The store of record cannot be opened or written."""
