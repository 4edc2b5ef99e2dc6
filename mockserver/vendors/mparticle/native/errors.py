"""The refusals of what apps call: their shape is not documented, so it is the Events API's (mparticle.md §14)."""

from __future__ import annotations

from mockserver.vendors.mparticle.errors import BadRequestError, EventsApiError

__all__ = ["AudiencesOffError", "BadRequestError", "ConfigRefusedError", "SignatureWrongError"]


class SignatureWrongError(EventsApiError):
    """An unknown key, or a signature that is not its own: SDKs drop what they sent (mparticle.md §5.4)."""

    status = 401
    rule = "credentials-wrong"
    path = "x-mp-signature"
    text = "No input has the key in the path."


class ConfigRefusedError(BadRequestError):
    """The same where the configuration was asked for: Android takes 400 for wrong credentials (mparticle.md §5.2)."""

    rule = "credentials-wrong"
    path = "x-mp-signature"
    text = "No input has the key in the path."


class AudiencesOffError(EventsApiError):
    """The workspace has no audiences for SDKs (mparticle.md §5.1)."""

    status = 403
    rule = "audiences-off"
    text = "The setting audience_api is off: the workspace is not enabled for audiences."
