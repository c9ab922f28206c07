"""Lists that leave as spreadsheets: chosen columns, forms to fill, and sheets that come home edited."""
