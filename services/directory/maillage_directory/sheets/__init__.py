"""Spreadsheets as people keep them: read with suspicion, written for French Excel. No database, no rule."""

from maillage_directory.sheets.refusals import FileRefused
from maillage_directory.sheets.table import Row, Table, read_table
from maillage_directory.sheets.writing import MEDIA_TYPES, Form, write_table

__all__ = ["MEDIA_TYPES", "FileRefused", "Form", "Row", "Table", "read_table", "write_table"]
