        run("psql", server, f"--command=CREATE DATABASE {name}")
        stack.callback(run, "psql", server, f"--command=DROP DATABASE {name} WITH (FORCE)")
        run("psql", server.set(database=name), "--set=ON_ERROR_STOP=1", f"--file={file}")
