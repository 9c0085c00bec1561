-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
-- A small file as mysqldump and people write them: needs the client, for DELIMITER; with rows, and bodies of several statements.
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

DROP TABLE IF EXISTS `pet`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `pet` ( -- refers to a table that is made later
  `pet_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(40) NOT NULL DEFAULT 'it''s; "none"' COMMENT 'a; semicolon',
  `owner_no` int(11) NOT NULL, # a comment of MySQL's own kind; with a semicolon
  `weight` decimal(5,2) DEFAULT NULL,
  PRIMARY KEY (`pet_id`),
  KEY `pet_owner` (`owner_no`),
  CONSTRAINT `pet_owner` FOREIGN KEY (`owner_no`) REFERENCES `owner` (`owner_no`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

DROP TABLE IF EXISTS `owner`;
CREATE TABLE `owner` (
  `owner_no` int(11) NOT NULL,
  `name` varchar(40) NOT NULL,
  `pets` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner_no`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

LOCK TABLES `owner` WRITE;
/*!40000 ALTER TABLE `owner` DISABLE KEYS */;
INSERT INTO `owner` VALUES (1,'O\'Hara; and "sons"',1),(2,'50% \\ Söhne',1);
/*!40000 ALTER TABLE `owner` ENABLE KEYS */;
UNLOCK TABLES;
LOCK TABLES `pet` WRITE;
INSERT INTO `pet` VALUES (1,'Rex',1,12.50),(2,'DELIMITER ;;',2,NULL);
UNLOCK TABLES;

DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER pet_counted AFTER INSERT ON pet FOR EACH ROW BEGIN
  UPDATE owner SET pets = pets + 1 WHERE owner_no = NEW.owner_no;
  IF NEW.weight > 100 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'too heavy; sorry';
  END IF;
END */;;
DELIMITER ;

DELIMITER $$
CREATE FUNCTION pets_of(who INT) RETURNS INT READS SQL DATA
BEGIN
  DECLARE n INT DEFAULT 0;
  SELECT COUNT(*) INTO n FROM pet WHERE owner_no = who;
  RETURN n;
END$$
CREATE PROCEDURE feed_all(IN food VARCHAR(20))
BEGIN
  UPDATE pet SET weight = weight + 0.1; -- everyone; at once
END$$
DELIMITER ;

delimiter //
CREATE VIEW heavy_pet AS SELECT pet_id, name FROM pet WHERE weight > 10//
delimiter ;

/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;
-- Dump completed on 2026-11-28 12:00:00
