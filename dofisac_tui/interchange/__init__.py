"""Exports and imports.

present_photos -> json_csv, xmp (with orientation) | ledger_file -> ledger_import | restricted_pickle -> dofisac_file ->
dofisac_import
"""
