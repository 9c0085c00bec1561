# A file with one of these statements is more than a schema.
OTHERS = "ANALYZE|ATTACH|BEGIN|COMMIT|DELETE|DROP|INSERT|PRAGMA|SELECT|UPDATE|VACUUM"
# What a schema has beside tables, and a name there.
BESIDE = "VIEW|TRIGGER|VIRTUAL TABLE"
NAME = r'(?:"[^"]+"|`[^`]+`|\[[^]]+\]|[\w.])+'
