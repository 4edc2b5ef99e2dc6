"""What a test, the command line and a user's script talk to a mock with: the control API, as objects."""

from mockserver.client.client import Client
from mockserver.client.found import Event, Exchange, Run
from mockserver.client.subscribers import Happened, Subscriber
from mockserver.client.transport import UnreachableError

__all__ = ["Client", "Event", "Exchange", "Happened", "Run", "Subscriber", "UnreachableError"]
