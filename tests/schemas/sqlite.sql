-- A workshop for instruments: made up, to hold everything that is hard in an SQLite database (3.37 and later, for STRICT).
-- A foreign key to a table that is made later; a rowid alias; unnamed UNIQUE and CHECK.
CREATE TABLE repair (repair_id INTEGER PRIMARY KEY, instrument_no INTEGER NOT NULL REFERENCES instrument (instrument_no) ON DELETE CASCADE, ticket TEXT NOT NULL UNIQUE,
    opened TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, closed TIMESTAMP, price DECIMAL(10, 2) NOT NULL DEFAULT 0.0, CHECK (price >= 0), UNIQUE (instrument_no, opened));
-- A natural key of text (NOT NULL said, since SQLite does not demand it); a case-insensitive collation.
CREATE TABLE town (code CHAR(3) NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL COLLATE NOCASE UNIQUE);
-- A text key that may be NULL, as SQLite alone allows.
CREATE TABLE nickname (nickname TEXT PRIMARY KEY, stands_for TEXT);
-- AUTOINCREMENT; two foreign keys to one table; a self-reference; a foreign key into a UNIQUE column; defaults with quotes and percent signs.
CREATE TABLE instrument (instrument_no INTEGER PRIMARY KEY AUTOINCREMENT, serial_no VARCHAR(20) NOT NULL CONSTRAINT one_serial UNIQUE, made_in CHAR(3) NOT NULL REFERENCES town, sold_in CHAR(3) REFERENCES town ON DELETE SET NULL,
    copy_of INTEGER REFERENCES instrument ON UPDATE CASCADE, note TEXT DEFAULT 'it''s 50% "off" \ :name', kind TEXT NOT NULL DEFAULT 'lute' CHECK (kind IN ('lute', 'grand piano', '2nd violin', 'it''s none')));
-- A foreign key into a column that is UNIQUE and no key.
CREATE TABLE warranty (serial_no VARCHAR(20) PRIMARY KEY NOT NULL REFERENCES instrument (serial_no), months SMALLINT NOT NULL DEFAULT (2 * 12)) WITHOUT ROWID;
-- A key that looks counted and is not: INT is no rowid alias.
CREATE TABLE shelf (shelf_no INT NOT NULL PRIMARY KEY, width_mm BIGINT);
-- A key that looks counted and is not: BIGINT with a default of its own.
CREATE TABLE drawer (drawer_no BIGINT NOT NULL DEFAULT 1 PRIMARY KEY, shelf_no INT REFERENCES shelf);
-- A key that is not a rowid alias by an old slip of SQLite: INTEGER PRIMARY KEY DESC.
CREATE TABLE hook (hook_no INTEGER PRIMARY KEY DESC, label TEXT);
-- A circle of foreign keys, first half: the other table is made later.
CREATE TABLE crew (crew_id INTEGER PRIMARY KEY, title TEXT NOT NULL, leader_id INTEGER REFERENCES "Luthier" DEFERRABLE INITIALLY DEFERRED);
-- A circle of foreign keys, second half; PascalCase; an attribute named like its class.
CREATE TABLE "Luthier" ("LuthierId" INTEGER NOT NULL PRIMARY KEY, "Luthier" NVARCHAR(60) NOT NULL, "CrewId" INTEGER NOT NULL, CONSTRAINT luthier_crew FOREIGN KEY ("CrewId") REFERENCES crew (crew_id));
-- One-to-one: the primary key is a foreign key, and must not become a subclass.
CREATE TABLE diploma (luthier_id INTEGER PRIMARY KEY REFERENCES "Luthier" ON DELETE CASCADE, awarded DATE NOT NULL DEFAULT CURRENT_DATE, scan BLOB DEFAULT x'00ff');
-- One-to-one: a unique foreign key without a name; a column with a space.
CREATE TABLE bench (bench_id INTEGER PRIMARY KEY, luthier_id INTEGER UNIQUE REFERENCES "Luthier", "lamp colour" TEXT);
-- Many-to-many: a pure association table, WITHOUT ROWID.
CREATE TABLE luthier_repair (luthier_id INTEGER NOT NULL REFERENCES "Luthier" ON DELETE CASCADE, repair_id INTEGER NOT NULL REFERENCES repair ON DELETE CASCADE, PRIMARY KEY (luthier_id, repair_id)) WITHOUT ROWID;
-- A composite key of text and of an integer that nobody counts; VIRTUAL and STORED generated columns; a named CHECK.
CREATE TABLE wood (species VARCHAR(40) NOT NULL, grade INTEGER NOT NULL, price NUMERIC NOT NULL, dear BOOLEAN GENERATED ALWAYS AS (price > 100) VIRTUAL, label TEXT AS (species || ' ' || grade) STORED, CONSTRAINT wood_grade CHECK (grade BETWEEN 1 AND 9), PRIMARY KEY (species, grade));
-- Many-to-many with columns of its own; a composite foreign key.
CREATE TABLE wood_used (repair_id INTEGER NOT NULL REFERENCES repair, species VARCHAR(40) NOT NULL, grade INTEGER NOT NULL, amount FLOAT NOT NULL DEFAULT 1.5, PRIMARY KEY (repair_id, species, grade), FOREIGN KEY (species, grade) REFERENCES wood (species, grade) ON UPDATE CASCADE);
-- PascalCase and a reserved word; an integer key written as INT, which is not counted.
CREATE TABLE "Order" ("OrderId" INT NOT NULL, "OrderDate" DATETIME NOT NULL DEFAULT (datetime('now')), "From" CHAR(3) REFERENCES town (code), CONSTRAINT "PK_Order" PRIMARY KEY ("OrderId"));
-- PascalCase; a composite key whose first half is a foreign key; names in square brackets and backticks.
CREATE TABLE [OrderLine] ([OrderId] INT NOT NULL, `LineNo` INT NOT NULL, [Unit Price] NUMERIC(10,2) NOT NULL, "Serial" VARCHAR(20), PRIMARY KEY ([OrderId], [LineNo]), FOREIGN KEY ([OrderId]) REFERENCES [Order] ([OrderId]) ON DELETE CASCADE, FOREIGN KEY ("Serial") REFERENCES instrument (serial_no));
-- A composite foreign key into a key that is itself partly a foreign key.
CREATE TABLE line_return (return_id INTEGER PRIMARY KEY, order_id INT NOT NULL, line_no INT NOT NULL, why CLOB, FOREIGN KEY (order_id, line_no) REFERENCES "OrderLine");
-- Names that are words of SQL and of Python; "metadata" and "registry" are taken on a declarative class; a column like its table.
CREATE TABLE class (class TEXT NOT NULL PRIMARY KEY, "from" INTEGER, "order" INTEGER NOT NULL DEFAULT 1, import BOOLEAN NOT NULL DEFAULT 1, metadata JSON, registry TEXT, type TEXT, "select" TEXT, "None" TEXT, "with space" TEXT, "2nd_name" TEXT, "dash-ed" TEXT, "100%" TEXT, self TEXT, _hidden TEXT, "café" TEXT);
-- A table with the name of the project's own class, and columns with the names of types of Python.
CREATE TABLE base (base_id INTEGER PRIMARY KEY, date DATE NOT NULL, time TIME, datetime DATETIME, decimal DECIMAL(8, 4), str TEXT, int INTEGER, bytes BLOB, float REAL, "Any" JSON, "Mapped" TEXT);
-- Tables named by words of Python and SQL that refer to each other: relationships called "import", "metadata", "class".
CREATE TABLE metadata (id INT NOT NULL PRIMARY KEY, class_id TEXT NOT NULL REFERENCES class, class TEXT REFERENCES class ON DELETE SET NULL);
CREATE TABLE registry (id CHAR(32) NOT NULL PRIMARY KEY, metadata_id INT REFERENCES metadata, metadata TEXT);
CREATE TABLE "import" (id INTEGER PRIMARY KEY, registry_id CHAR(32) REFERENCES registry, type TEXT NOT NULL DEFAULT "by hand");
CREATE TABLE type (type INT NOT NULL PRIMARY KEY, import_id INTEGER REFERENCES "import", "index" INTEGER, "text" TEXT);
-- Table names that are classes of SQLAlchemy or types of Python: Text, Index, Date; one with a space, one with a leading digit.
CREATE TABLE text (id INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE "index" (id INT NOT NULL PRIMARY KEY, text_id INTEGER REFERENCES text);
CREATE TABLE date (date DATE NOT NULL PRIMARY KEY, is_holiday BOOLEAN DEFAULT FALSE);
CREATE TABLE "list of goods" ("good no" INTEGER PRIMARY KEY, "good name" TEXT NOT NULL);
CREATE TABLE "3rd_party" ("3rd_party_id" INTEGER PRIMARY KEY, "good no" INTEGER REFERENCES "list of goods" ("good no"));
-- STRICT: five types and ANY alone.
CREATE TABLE measure (measure_id INTEGER PRIMARY KEY, width REAL NOT NULL DEFAULT (1.0 / 3), raw BLOB, name TEXT NOT NULL DEFAULT 'x', count INT, anything ANY) STRICT;
-- STRICT and WITHOUT ROWID together.
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
-- Columns with no type at all, and with types that SQLite takes and no other database knows.
CREATE TABLE scrap (scrap_id INTEGER PRIMARY KEY, what, how NOT NULL, mood "VERY GOOD", size UNSIGNED BIG INT, tune VARYING CHARACTER(255), long_text LONGTEXT, tiny TINYINT(1), money MONEY, uid UUID, double DOUBLE PRECISION, stamp TIMESTAMP WITH TIME ZONE, year YEAR, boolean_text BOOL DEFAULT 'true', native NATIVE CHARACTER(70), words STRING);
-- No primary key.
CREATE TABLE log_entry (at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), line TEXT, repair_id INTEGER REFERENCES repair);
-- No primary key, but UNIQUE over NOT NULL columns.
CREATE TABLE price_list (item TEXT NOT NULL, valid_from DATE NOT NULL, price INTEGER, UNIQUE (item, valid_from));
-- A column called rowid, and a key that is none of the rowid's other names.
CREATE TABLE trap (rowid TEXT NOT NULL, oid INT NOT NULL PRIMARY KEY);
-- ON CONFLICT on a key, a NOT NULL and a UNIQUE; BOOLEAN with the CHECK that stands for its type.
CREATE TABLE customer (customer_no VARCHAR(12) NOT NULL PRIMARY KEY ON CONFLICT REPLACE, email TEXT NOT NULL ON CONFLICT ABORT COLLATE NOCASE, phone TEXT UNIQUE ON CONFLICT IGNORE, active BOOLEAN NOT NULL DEFAULT TRUE CHECK (active IN (0, 1)), joined DATETIME DEFAULT CURRENT_TIMESTAMP, about TEXT);
-- Partial, expression, descending and case-insensitive indexes.
CREATE UNIQUE INDEX customer_email ON customer (email COLLATE NOCASE);
CREATE UNIQUE INDEX customer_phone ON customer (lower(phone)) WHERE phone IS NOT NULL;
CREATE INDEX customer_joined ON customer (joined DESC, customer_no) WHERE active AND about <> '100%;';
CREATE INDEX "customer's about" ON customer (substr(about, 1, 10));
-- A name longer than 50 characters, and a foreign key to it with a name as long.
CREATE TABLE record_of_every_inspection_of_instruments_that_came_back_from_abroad (inspection_id INTEGER PRIMARY KEY, result_of_the_inspection_as_written_down_by_the_inspector TEXT);
CREATE TABLE photo_of_record_of_every_inspection_of_instruments_that_came_back (photo_no INT NOT NULL PRIMARY KEY, inspection_id INTEGER NOT NULL REFERENCES record_of_every_inspection_of_instruments_that_came_back_from_abroad);
CREATE INDEX index_of_photos_by_inspection_of_instruments_that_came_back_from_abroad ON photo_of_record_of_every_inspection_of_instruments_that_came_back (inspection_id);
-- A table with a comment inside of its SQL, which holds a semicolon; and a column added afterwards.
CREATE TABLE tool (
    tool_id INTEGER PRIMARY KEY, -- counted; by the rowid
    /* its name; "short" */ name TEXT NOT NULL
);
ALTER TABLE tool ADD COLUMN lent_to INTEGER REFERENCES "Luthier" ("LuthierId");

-- Views: no tables.
CREATE VIEW open_repair AS SELECT r.repair_id, i.serial_no FROM repair AS r JOIN instrument AS i USING (instrument_no) WHERE r.closed IS NULL AND i.note NOT LIKE '%;%';
-- Triggers: bodies with semicolons, a CASE ... END inside, and one that makes a view writable.
CREATE TRIGGER repair_noted AFTER INSERT ON repair BEGIN
    INSERT INTO log_entry (line, repair_id) VALUES ('repair; "' || NEW.ticket || '" 100%', NEW.repair_id);
    UPDATE crew SET title = CASE WHEN title = '' THEN 'none' ELSE title END;
END;
CREATE TRIGGER open_repair_closed INSTEAD OF DELETE ON open_repair BEGIN UPDATE repair SET closed = CURRENT_TIMESTAMP WHERE repair_id = OLD.repair_id; END;
