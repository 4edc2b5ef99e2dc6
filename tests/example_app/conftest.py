"""The staging app on a port of its own, and where the mock of each test is told to send."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

SECRET = "adapty-to-staging"


@pytest.fixture(scope="session")
def staging():
    """The app's module; a real one would simply be imported."""
    spec = spec_from_file_location("staging_app", Path(__file__).with_name("staging_app.py"))
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def app_url(mockserver, staging):
    """The running app, configured as for the real vendors but for host and key."""
    credentials = mockserver.mparticle.credentials
    backend = staging.Backend(mockserver.mparticle.url, credentials["key"], credentials["secret"], SECRET)
    server = make_server("127.0.0.1", 0, staging.create_app(backend), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def adapty(mockserver, app_url):
    """Adapty, whose webhook goes to the app."""
    mockserver.settings("adapty", authorization=SECRET)
    mockserver.targets.set("adapty", "webhook", f"{app_url}/hooks/adapty")
    return mockserver.adapty
