# A file with one of these statements is more than a schema.
OTHERS = "BEGIN|COMMIT|COPY|CREATE DATABASE|INSERT|SELECT|SET|START|USE"
# What a schema has beside tables, and a name there.
BESIDE = "VIEW|TRIGGER|FUNCTION|PROCEDURE|ATTACH PARTITION"
NAME = r'(?:"[^"]+"|[\w.$])+'
