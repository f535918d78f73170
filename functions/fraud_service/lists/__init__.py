"""Lists: their record and its copy for the authorisation, the desk that changes them."""
