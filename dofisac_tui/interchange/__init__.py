"""Exports and imports.

present_photos -> json_csv, xmp | ledger_file -> ledger_import | restricted_pickle -> dofisac_import
"""
