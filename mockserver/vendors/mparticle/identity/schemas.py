"""The requests of the Identity API and of alias (mparticle.md §§4.1, 4.3, 4.5)."""

from __future__ import annotations

from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.fields import Millis, Text, Uuid
from mockserver.vendors.mparticle.identity.fields import (
    Changes,
    IdentityType,
    IdentityValue,
    Inner,
    Instant,
    KnownIdentities,
    LastMpid,
    NeededMpid,
    NeededText,
    OptionalWord,
    Word,
)
from mockserver.vendors.mparticle.shapes import Shape

PLATFORMS = ("ios", "android", "web", "tvos", "roku", "alexa", "smart_tv", "fire", "xbox", "other")


class ClientSdk(Shape):
    """Which SDK asks."""

    platform = OptionalWord(*PLATFORMS)
    sdk_vendor = Text()
    sdk_version = Text()


class Circumstances(Shape):
    """What every request of the Identity API may say beside its matter."""

    environment = Word(*words.ENVIRONMENTS)
    client_sdk = Inner(ClientSdk)
    context = Text()
    request_id = Uuid()
    request_timestamp_ms = Millis()


class IdentityRequest(Circumstances):
    """identify, login, logout and search."""

    known_identities = KnownIdentities()
    previous_mpid = LastMpid()


class IdentityChange(Shape):
    """A change of one identity: without an old value it adds, without a new one it removes."""

    identity_type = IdentityType()
    old_value = IdentityValue()
    new_value = IdentityValue()


class ModifyRequest(Circumstances):
    """modify."""

    identity_changes = Changes(IdentityChange)


class AliasedData(Shape):
    """From whom, to whom, and what of it."""

    source_mpid = NeededMpid()
    destination_mpid = NeededMpid()
    start_unixtime_ms = Instant()
    end_unixtime_ms = Instant()
    scope = OptionalWord("device", "mpid")
    device_application_stamp = Text()


class AliasRequest(Shape):
    """alias."""

    request_id = NeededText()
    request_type = Word("alias")
    environment = Word(*words.ENVIRONMENTS)
    api_key = NeededText()
    data = Inner(AliasedData, needed=True)
