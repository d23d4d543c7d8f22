"""A list of coordinators and CPTS from a spreadsheet: its columns, its lines, and what each would do."""
