"""How the tables came to be, step by step (Alembic). `tables.REVISION` names the last step."""
