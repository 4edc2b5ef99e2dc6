"""The data of each event type (mparticle.md §3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema
from marshmallow.exceptions import SCHEMA

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.commerce import CommerceEvent
from mockserver.vendors.mparticle.event_data import TRUNCATED, EventData
from mockserver.vendors.mparticle.fields import (
    Choice,
    Flag,
    Id64,
    JsonSchema,
    Member,
    Millis,
    Remark,
    Text,
    Whole,
    refusal,
)
from mockserver.vendors.mparticle.required import RequiredChange, RequiredChoice, RequiredFlag, RequiredText
from mockserver.vendors.mparticle.shapes import Shape

_NOT_CUSTOM = "mParticle has it for commerce events only"


class CustomEvent(EventData):
    """Something that the app gave a name."""

    event_name = RequiredText()
    custom_event_type = RequiredChoice(
        *words.CUSTOM_EVENT_TYPES, tolerated=dict.fromkeys(words.COMMERCE_EVENT_TYPES, _NOT_CUSTOM)
    )
    media_info = Member()

    clean_rules: ClassVar[JsonSchema] = {
        "not": {"required": ["custom_event_type"], "properties": {"custom_event_type": {"const": "attribution"}}}
    }

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def attribution(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """An install's attribution wants its publisher and campaign."""
        if original.get("custom_event_type") != "attribution" or original.get("event_name") != "attribution":
            return
        attributes = original.get("custom_attributes")
        given = attributes if isinstance(attributes, dict) else {}
        missing = [name for name in ("publisher", "campaign") if not given.get(name)]
        if missing:
            text = f"An install attribution needs the attributes publisher and campaign; missing: {', '.join(missing)}."
            raise ValidationError({"custom_attributes": {SCHEMA: [Remark(text, "attribution-incomplete")]}})


class ScreenView(EventData):
    """A screen was shown; only the published schema requires its name (mparticle.md §3.4)."""

    screen_name = Text(words.NAME_LENGTH, TRUNCATED)
    activity_type = Choice("activity_started", "activity_stopped")


class SessionEnd(EventData):
    """A session ended."""

    session_duration_ms = Whole()


class ApplicationStateTransition(EventData):
    """The app started, ended, or went to the background or the foreground."""

    application_transition_type = RequiredChoice(*words.TRANSITIONS)
    is_first_run = Flag()
    is_upgrade = Flag()
    successfully_closed = Flag()
    push_notification_payload = Text()
    launch_referral = Text()


class PushRegistration(EventData):
    """A device's push token came or went."""

    register = RequiredFlag()
    registration_token = RequiredText()


class PushMessage(EventData):
    """A push message; the sources disagree on its behaviour (mparticle.md §3.4)."""

    push_message_type = RequiredChoice(*words.PUSH_MESSAGE_TYPES)
    push_message_token = Text()
    message = Text()
    network = Choice("apn", "gcm")
    push_notification_payload = Text()
    application_state = Choice(*words.APPLICATION_STATES)
    action_identifier = Text(words.ACTION_IDENTIFIER_LENGTH, "what mParticle keeps is not documented")
    push_message_behavior = Member()


class OptOut(EventData):
    """The user opted out of everything, or in again."""

    is_opted_out = Flag()


class CrashReport(EventData):
    """The app crashed."""

    class_name = Text()
    breadcrumbs = Member()
    severity = Text()
    message = Text()
    stack_trace = Text()
    exception_handled = Flag()
    topmost_context = Text()
    pl_crash_report_file_base64 = Text()
    ios_image_base_address = Whole()
    ios_image_size = Whole()
    session_number = Whole()


class NetworkPerformance(EventData):
    """A request of the app's; the sources disagree on the type of its status (mparticle.md §3.4)."""

    http_verb = Text()
    url = Text()
    time_elapsed = Whole()
    bytes_in = Whole()
    bytes_out = Whole()
    response_code = Member()
    data = Text()


class Breadcrumb(EventData):
    """A step on the way to a crash."""

    label = RequiredText()
    session_number = Whole()


class UserAttributeChange(EventData):
    """An attribute of the user changed.

    `new` and `old` must be there, if only as null. The Python SDK leaves out what is null, so a new attribute may come
    without `old`, and a deleted one without `new`.
    """

    user_attribute_name = RequiredText()
    new = Member()
    old = Member()
    deleted = Flag()
    is_new_attribute = Flag()

    accepted_rules: ClassVar[JsonSchema] = {"required": ["new", "old"]}
    clean_rules: ClassVar[JsonSchema] = accepted_rules

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def both_sides(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """One side is missing without a reason."""
        excused = {"old": original.get("is_new_attribute") is True, "new": original.get("deleted") is True}
        for side, excuse in excused.items():
            if side not in original and not excuse:
                missing = refusal(f'Required event field "{side}" is missing or empty.')
                raise ValidationError({side: missing.messages})


class IdentityOfUser(Shape):
    """One identity, before or after a change."""

    identity_type = Choice(*words.USER_IDENTITIES)
    identity = Text()
    timestamp_unixtime_ms = Millis()
    created_this_batch = Flag()


class UserIdentityChange(EventData):
    """An identity of the user changed."""

    new = RequiredChange(IdentityOfUser)
    old = RequiredChange(IdentityOfUser)


class Profile(EventData):
    """The user signed up, in or out; the Python and Node SDKs have names in place of mpids."""

    previous_mpid = Id64()
    current_mpid = Id64()
    profile_event_type = Choice(*words.PROFILE_EVENT_TYPES)
    profile_name = Text()
    previous_profile_name = Text()


class Unspecified(EventData):
    """A type that mParticle's enumerations list and no page describes: anything may be in it."""

    def stranger(self, name: str) -> Remark:
        """Nothing is known to be wrong."""
        return Remark(f'"{name}" is not described anywhere.', "undescribed-member", Severity.INFO)


EVENT_TYPES: dict[str, type[EventData]] = {
    "custom_event": CustomEvent,
    "commerce_event": CommerceEvent,
    "screen_view": ScreenView,
    "session_start": EventData,
    "session_end": SessionEnd,
    "application_state_transition": ApplicationStateTransition,
    "push_registration": PushRegistration,
    "push_message": PushMessage,
    "opt_out": OptOut,
    "crash_report": CrashReport,
    "network_performance": NetworkPerformance,
    "breadcrumb": Breadcrumb,
    "uninstall": EventData,
    "first_run": EventData,
    "user_attribute_change": UserAttributeChange,
    "user_identity_change": UserIdentityChange,
    "profile": Profile,
    "pre_attribution": Unspecified,
    "push_reaction": Unspecified,
    "media": Unspecified,
    "validation_result": Unspecified,
}
