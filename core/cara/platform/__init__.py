"""The kernel: database, keys, ledger, access, sign-in, plugins and reference data. It knows no feature."""
