"""An application that keeps its data with SQLAlchemy ORM."""
