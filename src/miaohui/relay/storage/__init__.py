"""The relay's database: store, schema, ids, keys, first answers and audit."""
