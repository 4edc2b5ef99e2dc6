"""What the data of every event may hold (mparticle.md §§3.4, 3.5)."""

from __future__ import annotations

from mockserver.vendors.mparticle.fields import (
    Choice,
    Flag,
    Id64,
    Member,
    Millis,
    Number,
    Text,
    Whole,
)
from mockserver.vendors.mparticle.maps import Attributes, Flags
from mockserver.vendors.mparticle.shapes import Shape, Within

TRUNCATED = "mParticle truncates it"
"""What becomes of long names server-to-server (mparticle.md §3.9)."""


class Location(Shape):
    """Where it happened; the manual calls every member optional."""

    latitude = Number(-90, 90)
    longitude = Number(-180, 180)
    accuracy = Number()
    country_code = Text()
    region_code = Text()
    city_name = Text()
    postal_code = Text()
    dma_code = Whole()
    location_source = Choice("unknown", "ip_lookup", "lat_long")


class DeviceCurrentState(Shape):
    """The device at the time of the event; the sources disagree on the orientations and on `gps_state` (§3.5)."""

    cpu = Text()
    battery_level = Number()
    time_since_start_ms = Number()
    data_connection_type = Choice("offline", "wifi", "mobile")
    data_connection_type_detail = Text()
    gps_state = Member()
    total_system_memory_usage_bytes = Number()
    disk_space_free_bytes = Number()
    external_disk_space_free_bytes = Number()
    system_memory_available_bytes = Number()
    system_memory_low = Flag()
    system_memory_threshold_bytes = Number()
    application_memory_available_bytes = Number()
    application_memory_max_bytes = Number()
    application_memory_total_bytes = Number()
    device_orientation = Member()
    status_bar_orientation = Member()


class EventData(Shape):
    """What the data of every event may hold."""

    timestamp_unixtime_ms = Millis()
    source_message_id = Text()
    event_id = Id64()
    event_num = Whole()
    session_id = Id64()
    session_uuid = Text()
    session_start_unixtime_ms = Millis()
    event_start_unixtime_ms = Millis()
    location = Within(Location)
    device_current_state = Within(DeviceCurrentState)
    custom_attributes = Attributes()
    custom_flags = Flags()
    is_goal_defined = Flag()
    lifetime_value_change = Number()
    lifetime_value_attribute_name = Text()
    data_connection_type = Text()
    view_controller = Text()
    is_main_thread = Flag()
    canonical_name = Text()
    event_system_notification_info = Member()
    active_time_on_site_ms = Number()
