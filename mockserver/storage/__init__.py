"""Where the index and the vendors' state lie: SQLAlchemy Core and Alembic, on SQLite or PostgreSQL.

Nothing here imports SQLAlchemy before somebody asks the first question: a server is ready sooner than that import.
"""
