# What a schema has beside tables, and a name there.
BESIDE = "VIEW|SEQUENCE|TRIGGER|FUNCTION|PROCEDURE|EVENT"
NAME = r"(?:`[^`]+`|[\w.])+"
