"""The metadata that all tables belong to."""

from sqlalchemy import MetaData{{ ', Table, event' if db.sets_charset }}

{% include 'template/variants/shared/naming_convention.py' %}

metadata = MetaData(naming_convention=NAMING_CONVENTION)
