SETTINGS = {
    "application_name": "{{ package_name }}",
    "lock_timeout": "10s",
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "1min",
}
SHOW = "SELECT current_setting('{}')"
SLOW = text("SELECT pg_sleep(10)")
