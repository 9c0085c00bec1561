"""SQLAlchemy's own tests, on the engines that projects make."""
