-- A clinic: made up, to hold everything that is hard in a MariaDB database (10.11). No statement here has a body of several statements.
-- A natural key of text; a UNIQUE column that others refer to; a character set and a collation of its own on one column.
CREATE TABLE country (iso CHAR(2) NOT NULL PRIMARY KEY, iso3 VARCHAR(3) NOT NULL, name VARCHAR(80) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL, UNIQUE KEY (iso3), CHECK (iso <> ''));
-- A composite key of text and of an integer that the database does not count; VIRTUAL and STORED columns; a named CHECK.
CREATE TABLE room (house VARCHAR(10) NOT NULL, number INT NOT NULL, width DECIMAL(6,2) NOT NULL, depth DECIMAL(6,2) NOT NULL DEFAULT 4.5, area DECIMAL(12,4) GENERATED ALWAYS AS (width * depth) STORED,
    label VARCHAR(30) AS (CONCAT(house, ' ', number)) VIRTUAL, CONSTRAINT room_fits CHECK (width BETWEEN 1 AND 50 AND depth > 0), PRIMARY KEY (house, number)) COMMENT = 'Rooms; 100% of "all"; it''s C:\\clinic\\new, %s %(name)s :name';
-- AUTO_INCREMENT; two foreign keys to one table; a self-reference; a foreign key into a UNIQUE column; ENUM with an empty string, SET; comments.
CREATE TABLE patient (patient_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, card_no INT NOT NULL COMMENT 'The number''s "digits"; 5% are wrong\\unknown.\nA second line.', name VARCHAR(80) NOT NULL,
    born_in CHAR(2) NOT NULL, lives_in CHAR(2) NULL, insured_iso3 VARCHAR(3) NULL, guardian_id INT UNSIGNED NULL, state ENUM('', 'at home', 'at-home', '2nd floor', 'class', 'it''s "over"', 'A,B', '50%') NOT NULL DEFAULT '',
    allergies SET('bee sting', 'penicillin', '2nd', 'nuts & co') NOT NULL DEFAULT 'bee sting,2nd', CONSTRAINT patient_card UNIQUE (card_no), FOREIGN KEY (born_in) REFERENCES country (iso),
    FOREIGN KEY (lives_in) REFERENCES country (iso) ON DELETE SET NULL, CONSTRAINT patient_insured FOREIGN KEY (insured_iso3) REFERENCES country (iso3) ON UPDATE CASCADE, FOREIGN KEY (guardian_id) REFERENCES patient (patient_id) ON DELETE SET NULL) AUTO_INCREMENT = 1000;
-- A circle of foreign keys, first half: the key of the other half is added below.
CREATE TABLE team (team_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(40) NOT NULL UNIQUE, leader_id MEDIUMINT NULL);
-- A circle of foreign keys, second half; PascalCase; an attribute named like its class.
CREATE TABLE `Doctor` (`DoctorId` MEDIUMINT NOT NULL AUTO_INCREMENT, `Doctor` VARCHAR(60) NOT NULL, team_id BIGINT UNSIGNED NOT NULL, PRIMARY KEY (`DoctorId`), FOREIGN KEY (team_id) REFERENCES team (team_id));
ALTER TABLE team ADD CONSTRAINT team_leader FOREIGN KEY (leader_id) REFERENCES `Doctor` (`DoctorId`);
-- One-to-one: the primary key is a foreign key, and must not become a subclass.
CREATE TABLE licence (doctor_id MEDIUMINT NOT NULL PRIMARY KEY, issued DATE NOT NULL DEFAULT (CURRENT_DATE), scan MEDIUMBLOB, FOREIGN KEY (doctor_id) REFERENCES `Doctor` (`DoctorId`) ON DELETE CASCADE);
-- One-to-one: a unique foreign key; a key that the database does not count; a column with a space.
CREATE TABLE locker (locker_no SMALLINT NOT NULL PRIMARY KEY, doctor_id MEDIUMINT NULL UNIQUE, `door code` VARCHAR(8), FOREIGN KEY (doctor_id) REFERENCES `Doctor` (`DoctorId`));
-- Many-to-many: a pure association table.
CREATE TABLE doctor_patient (doctor_id MEDIUMINT NOT NULL, patient_id INT UNSIGNED NOT NULL, PRIMARY KEY (doctor_id, patient_id), FOREIGN KEY (doctor_id) REFERENCES `Doctor` (`DoctorId`) ON DELETE CASCADE, FOREIGN KEY (patient_id) REFERENCES patient (patient_id) ON DELETE CASCADE);
-- Many-to-many with columns of its own; a composite foreign key; two ways from stay to patient; ON UPDATE CURRENT_TIMESTAMP.
CREATE TABLE stay (patient_id INT UNSIGNED NOT NULL, house VARCHAR(10) NOT NULL, number INT NOT NULL, visitor_id INT UNSIGNED NULL, since TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fee DECIMAL(12,2) NOT NULL DEFAULT 0.00,
    PRIMARY KEY (patient_id, house, number), FOREIGN KEY (patient_id) REFERENCES patient (patient_id), CONSTRAINT stay_visitor FOREIGN KEY (visitor_id) REFERENCES patient (patient_id), CONSTRAINT stay_room FOREIGN KEY (house, number) REFERENCES room (house, number) ON UPDATE CASCADE);
-- PascalCase and a reserved word; an integer key that the database does not count.
CREATE TABLE `Order` (`OrderId` INT NOT NULL, `CardNo` INT NOT NULL, `OrderDate` DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, `Note` VARCHAR(200) DEFAULT 'it''s 50% "off" \\ :name', CONSTRAINT `PK_Order` PRIMARY KEY (`OrderId`), FOREIGN KEY (`CardNo`) REFERENCES patient (card_no));
-- PascalCase; a composite key whose first half is a foreign key.
CREATE TABLE `OrderLine` (`OrderId` INT NOT NULL, `LineNo` SMALLINT NOT NULL, `Unit Price` DECIMAL(10,2) NOT NULL DEFAULT 0, `Quantity` INT NOT NULL DEFAULT (1 + 1) CHECK (`Quantity` > 0), PRIMARY KEY (`OrderId`, `LineNo`), FOREIGN KEY (`OrderId`) REFERENCES `Order` (`OrderId`) ON DELETE CASCADE);
-- A composite foreign key into a key that is itself partly a foreign key; a UUID key that the database fills.
CREATE TABLE `LineReturn` (`ReturnId` UUID NOT NULL DEFAULT UUID() PRIMARY KEY, `OrderId` INT NOT NULL, `LineNo` SMALLINT NOT NULL, `Why` TINYTEXT, FOREIGN KEY (`OrderId`, `LineNo`) REFERENCES `OrderLine` (`OrderId`, `LineNo`));
-- Names that are words of SQL and of Python; "metadata" and "registry" are taken on a declarative class; a column like its table.
CREATE TABLE class (class VARCHAR(20) NOT NULL PRIMARY KEY, `from` INT, `order` INT NOT NULL DEFAULT 1, import TINYINT(1) NOT NULL DEFAULT 1, metadata JSON, registry TEXT, type TEXT, `select` TEXT,
    `None` TEXT, `with space` TEXT, `2nd_name` TEXT, `dash-ed` TEXT, `100%` TEXT, self TEXT, _hidden TEXT, `café` TEXT, `key` TEXT, `rank` INT);
-- A table with the name of the project's own class, and columns with the names of types of Python.
-- A tree by id, with a column that a linter takes for a digit; defaults that SQLAlchemy does not read to the end, or takes for text.
CREATE TABLE branch (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, parent_id INT UNSIGNED, l INT, token CHAR(36) DEFAULT (uuid()), label VARCHAR(20) NOT NULL DEFAULT (concat('a', 'b')), due DATE DEFAULT (curdate() + interval 1 day), flags BIT(8) NOT NULL DEFAULT b'1', changed TIMESTAMP(3) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3), FOREIGN KEY (parent_id) REFERENCES branch (id));
CREATE TABLE base (base_id SMALLINT NOT NULL AUTO_INCREMENT PRIMARY KEY, date DATE NOT NULL, time TIME, datetime DATETIME, uuid UUID, `decimal` DECIMAL(8,4), str TEXT, `int` INT, bytes BLOB, `float` FLOAT, `Any` JSON, `Mapped` TEXT);
-- Tables named by words of Python and SQL that refer to each other: relationships called "import", "metadata", "class".
CREATE TABLE metadata (id INT NOT NULL PRIMARY KEY, class_id VARCHAR(20) NOT NULL, class VARCHAR(20), FOREIGN KEY (class_id) REFERENCES class (class), FOREIGN KEY (class) REFERENCES class (class) ON DELETE SET NULL);
CREATE TABLE registry (id CHAR(36) NOT NULL PRIMARY KEY, metadata_id INT, metadata TEXT, FOREIGN KEY (metadata_id) REFERENCES metadata (id));
CREATE TABLE import (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, registry_id CHAR(36), type VARCHAR(20) NOT NULL DEFAULT 'post', FOREIGN KEY (registry_id) REFERENCES registry (id));
CREATE TABLE type (type INT NOT NULL PRIMARY KEY, import_id INT, `index` INT, `text` TEXT, FOREIGN KEY (import_id) REFERENCES import (id));
-- Table names that are classes of SQLAlchemy or types of Python: Text, Index, Date; one with a space, one with a leading digit.
CREATE TABLE text (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, body TEXT);
CREATE TABLE `index` (id INT NOT NULL PRIMARY KEY, text_id INT, FOREIGN KEY (text_id) REFERENCES text (id));
CREATE TABLE date (date DATE NOT NULL PRIMARY KEY, is_holiday BOOLEAN DEFAULT FALSE);
CREATE TABLE `list of goods` (`good no` INT NOT NULL PRIMARY KEY, `good name` TEXT NOT NULL);
CREATE TABLE `3rd_party` (`3rd_party_id` INT NOT NULL PRIMARY KEY, `good no` INT, FOREIGN KEY (`good no`) REFERENCES `list of goods` (`good no`));
-- Types: every one that a column can have; DATETIME with and without a fraction, for moments and for wall clocks.
CREATE TABLE specimen (specimen_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, yes TINYINT(1) NOT NULL DEFAULT 0, tiny TINYINT, tiny_un TINYINT UNSIGNED, small SMALLINT, medium MEDIUMINT UNSIGNED, big BIGINT UNSIGNED DEFAULT 18446744073709551615, padded INT(5) UNSIGNED ZEROFILL, one_bit BIT(1) DEFAULT b'1', bits BIT(8),
    half FLOAT, half_two FLOAT(7,2), full_ DOUBLE DEFAULT 0.1, whole DECIMAL, two DECIMAL(10,2) UNSIGNED, year YEAR NOT NULL DEFAULT 2026, day DATE DEFAULT '2026-01-31', clock TIME DEFAULT '00:30:00', clock_ms TIME(3), wall DATETIME, wall_us DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    moment TIMESTAMP NULL, moment_ms TIMESTAMP(3) NULL DEFAULT NULL, fixed CHAR(10), wide VARCHAR(300) COLLATE utf8mb4_bin, latin VARCHAR(20) CHARACTER SET latin1, swedish TEXT COLLATE utf8mb4_swedish_ci, binary_text VARCHAR(20) BINARY, ascii_key CHAR(8) CHARACTER SET ascii, raw BINARY(16), raw_var VARBINARY(64) DEFAULT x'4142', tiny_blob TINYBLOB, blob_ BLOB, long_blob LONGBLOB,
    tiny_text TINYTEXT, medium_text MEDIUMTEXT, long_text LONGTEXT DEFAULT 'it''s', doc JSON NOT NULL DEFAULT '{"a": "50%"}', token UUID DEFAULT UUID(), ip INET6, place POINT, nat NVARCHAR(20), doc_a VARCHAR(20) AS (JSON_VALUE(doc, '$.a')) VIRTUAL) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
-- No primary key.
CREATE TABLE log_entry (at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), line TEXT, patient_id INT UNSIGNED, KEY (patient_id), FOREIGN KEY (patient_id) REFERENCES patient (patient_id) ON DELETE SET NULL);
-- No primary key, but SERIAL: a UNIQUE column that is counted.
CREATE TABLE visit_ticket (ticket SERIAL, desk VARCHAR(10) NOT NULL);
-- A composite key whose second half is counted.
CREATE TABLE ward_bed (ward CHAR(3) NOT NULL, bed INT NOT NULL AUTO_INCREMENT, note VARCHAR(20), PRIMARY KEY (ward, bed), KEY bed (bed));
-- A whole table in utf8mb3 and one column that is compared by its bytes; FULLTEXT, descending and prefix indexes; an index on a generated column.
CREATE TABLE customer (customer_no VARCHAR(12) NOT NULL PRIMARY KEY, email VARCHAR(190) NOT NULL, phone VARCHAR(30) COLLATE utf8mb3_bin, active BOOL NOT NULL DEFAULT TRUE, joined DATETIME NOT NULL DEFAULT NOW(), about TEXT, email_lower VARCHAR(190) AS (LOWER(email)) PERSISTENT, CHECK (active IN (0, 1)), CHECK (phone <> email),
    UNIQUE KEY customer_email (email_lower), KEY customer_joined (joined DESC, active), KEY customer_about (about(20)), FULLTEXT KEY customer_words (about, email)) ENGINE = InnoDB DEFAULT CHARSET = utf8mb3 COLLATE = utf8mb3_general_ci COMMENT = 'Customers';
-- PARTITION BY; the partition key has to be in the primary key.
CREATE TABLE reading (sensor INT NOT NULL, taken DATE NOT NULL, value DOUBLE, PRIMARY KEY (sensor, taken)) PARTITION BY RANGE (YEAR(taken)) (PARTITION p2025 VALUES LESS THAN (2026), PARTITION p2026 VALUES LESS THAN (2027), PARTITION rest VALUES LESS THAN MAXVALUE);
-- PARTITION BY HASH, and subpartitions of none.
CREATE TABLE sample_count (sample_no INT NOT NULL PRIMARY KEY, amount INT) PARTITION BY HASH (sample_no) PARTITIONS 3;
-- A name longer than 50 characters, and a foreign key to it with a name as long.
CREATE TABLE record_of_every_inspection_of_medicines_in_cold_storage_boxes (inspection_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, result_of_the_inspection_as_written_down_by_the_inspector TEXT);
CREATE TABLE photo_of_record_of_every_inspection_of_medicines (photo_no INT NOT NULL PRIMARY KEY, inspection_id INT NOT NULL,
    CONSTRAINT photo_of_record_of_every_inspection_of_medicines_inspection_id FOREIGN KEY (inspection_id) REFERENCES record_of_every_inspection_of_medicines_in_cold_storage_boxes (inspection_id) ON DELETE CASCADE);

-- Views: no tables.
CREATE VIEW patient_at_home AS SELECT patient_id, name FROM patient WHERE state = 'at home' AND name NOT LIKE '%;%';
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW `Open Order` AS SELECT o.`OrderId`, p.name FROM `Order` o JOIN patient p ON p.card_no = o.`CardNo`;
-- A trigger, a function and a procedure of one statement each, which need no DELIMITER.
CREATE TRIGGER patient_noted AFTER INSERT ON patient FOR EACH ROW INSERT INTO log_entry (line, patient_id) VALUES (CONCAT('patient; "', NEW.name, '" 100%'), NEW.patient_id);
CREATE FUNCTION full_name(given TEXT, family TEXT) RETURNS TEXT DETERMINISTIC RETURN CONCAT(given, ' ', family);
CREATE PROCEDURE clear_log(before_ DATETIME) DELETE FROM log_entry WHERE at < before_;
