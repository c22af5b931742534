"""SQLite, the only source of truth: schema, migrations, and one module a family of tables."""
