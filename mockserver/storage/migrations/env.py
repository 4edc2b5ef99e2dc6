"""Runs the steps on the connection that `schema.prepare` hands over; there is no offline mode."""

from alembic import context

from mockserver.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
