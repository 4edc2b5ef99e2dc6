"""The request for a token (mparticle.md §7)."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields


class TokenRequestSchema(Schema):
    """What a client shows and asks for; members that are missing are judged one by one, not as a shape."""

    class Meta:  # noqa: D106  marshmallow's place for options
        unknown = EXCLUDE

    client_id = fields.String(load_default="")
    client_secret = fields.String(load_default="")
    grant_type = fields.String(load_default="")
    audience = fields.String(load_default="")
