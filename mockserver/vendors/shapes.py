"""QuickSchema: a marshmallow schema that writes much faster; a dialect writes thousands of messages in a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from marshmallow import Schema, fields, missing

Write = Callable[[Any, str, Any], Any]
Row = tuple[str, str, str, Any, type | None, Write]
_PLAIN: Mapping[type, type] = {  # values of that very class are written as they are
    fields.String: str,
    fields.Raw: str,
    fields.Integer: int,
    fields.Boolean: bool,
}


class QuickSchema(Schema):
    """Writes what marshmallow writes, by a list made once of where each value comes from, its key, and its form.

    Values come from dictionaries; others, names with dots and defaults that are computed are left to marshmallow.
    """

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        if many and obj is not None:
            return [self._serialize(one) for one in obj]
        rows = self.__dict__.get("_rows")
        if rows is None:
            rows = self.__dict__["_rows"] = self._row_list()
        if not rows or not isinstance(obj, dict):
            return super()._serialize(obj)
        get, written = obj.get, {}
        for source, attribute, key, default, plain, write in rows:
            value = get(source, default)
            if type(value) is plain:
                written[key] = value
            elif value is not missing:
                written[key] = write(value, attribute, obj)
        return written

    def _row_list(self) -> tuple[Row, ...]:
        """Of each field where its value comes from, its name, its key, what it is without a value, its form.

        A value of the class in the last place but one is written as it is, any other by what stands in the last. The
        list is empty where only marshmallow itself can tell.
        """
        rows = []
        for attribute, field in self.dump_fields.items():
            name = field.attribute or attribute
            if "." in name or callable(field.dump_default):
                return ()
            source = name if field._CHECK_ATTRIBUTE else ""  # a constant has none
            key = field.data_key or attribute
            rows.append((source, attribute, key, field.dump_default, _plain(field), _writer(field)))
        return tuple(rows)


def _plain(field: fields.Field[Any] | None) -> type | None:
    is_text = isinstance(field, fields.Number) and field.as_string
    return None if is_text else _PLAIN.get(type(field))


def _writer(field: fields.Field[Any]) -> Write:
    """How a field is written, without marshmallow's detours where they change nothing."""
    if type(field) is fields.Nested and _is_quick(field.schema):
        return partial(_nested, field.schema._serialize, bool(field.schema.many or field.many))
    if type(field) is fields.List:
        return partial(_listed, _plain(field.inner), _writer(field.inner))
    if type(field) is fields.Dict and field.value_field is not None and type(field.key_field) is fields.String:
        return partial(_mapped, _plain(field.value_field), _writer(field.value_field))
    return field._serialize


def _is_quick(schema: Schema) -> bool:
    return isinstance(schema, QuickSchema) and not any(schema._hooks.values())


def _nested(write: Callable[..., Any], many: bool, value: Any, attribute: str, obj: Any) -> Any:  # noqa: ARG001  the shape of Write
    return None if value is None else write(value, many=many)


def _listed(plain: type | None, write: Write, value: Any, attribute: str, obj: Any) -> list[Any] | None:
    if value is None:
        return None
    return [one if type(one) is plain else write(one, attribute, obj) for one in value]


def _mapped(plain: type | None, write: Write, value: Any, attribute: str, obj: Any) -> dict[str, Any] | None:  # noqa: ARG001  the shape of Write
    if value is None:
        return None
    return {str(key): one if type(one) is plain else write(one, "", None) for key, one in value.items()}
