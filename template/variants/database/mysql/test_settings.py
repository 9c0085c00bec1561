SETTINGS = {
    "character_set_connection": "utf8mb4",
    "collation_connection": "utf8mb4_bin",
    "innodb_lock_wait_timeout": 10,
    "lock_wait_timeout": 10,
    "time_zone": "+00:00",
}
SHOW = "SELECT @@{}"
SLOW = text(
    "SELECT count(*) FROM information_schema.columns AS a, information_schema.columns AS b,"
    " information_schema.columns AS c"
)
