"""Makes the case alico-2009: an invented exposed file and reports behind a public series."""
