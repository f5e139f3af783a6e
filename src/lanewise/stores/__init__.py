"""The store of record: ledger, traces, captured content, keys. Read `schema` for what is kept, then `ledger_writer`."""
