def _make_url(text: str) -> URL:
    # Several hosts, as libpq has them: SQLAlchemy takes them as parameters.
    if hosts := re.search(r"(?<=[/@])[^/@?,]+(,[^/@?,]+)+(?=/)", text):
        named = [host if ":" in host else f"{host}:{{ db.port }}" for host in hosts[0].split(",")]
        url = make_url(text[: hosts.start()] + text[hosts.end() :])
        return url.update_query_dict({"host": named})
    return make_url(text)
