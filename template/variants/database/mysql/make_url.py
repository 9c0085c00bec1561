def _make_url(text: str) -> URL:
    # Programs of the server spell parameters with a dash, Python with an underscore.
    url = make_url(text)
    return url.set(query={name.replace("-", "_"): value for name, value in url.query.items()})
