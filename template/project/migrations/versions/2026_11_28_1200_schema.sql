SELECT 'from_database.py writes the schema here';
