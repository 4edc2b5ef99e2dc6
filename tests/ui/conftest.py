"""The pages are tested with the same two made-up vendors as the control API."""

import importlib.util
from pathlib import Path

_SOURCE = Path(__file__).parents[1] / "control" / "conftest.py"
_spec = importlib.util.spec_from_file_location("control_conftest", _SOURCE)
_shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shared)

settings, app, client, api = _shared.settings, _shared.app, _shared.client, _shared.api
