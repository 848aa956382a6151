"""Files that IDEs and editors open an application with. The user's to edit."""
