"""What all tests share: the option that rewrites golden files, and properties that are the same in every run."""

from hypothesis import settings

settings.register_profile("mockserver", deadline=None, derandomize=True)
settings.load_profile("mockserver")


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write golden files anew; read the diff, then commit")
