"""What every page needs of HTTP: forms, people, protection, templates."""
