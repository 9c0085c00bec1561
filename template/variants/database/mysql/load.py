        run(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4".encode())
        stack.callback(run, server, f"DROP DATABASE {name}".encode())
        # The file may not choose a database: it could be an existing one.
        words = rb"(?im)^[ \t]*(/\*!\d+ *)?(USE|(CREATE|DROP)[ \t]+(DATABASE|SCHEMA))\b.*"
        run(server.set(database=name), re.sub(words, b"", file.read_bytes()))
