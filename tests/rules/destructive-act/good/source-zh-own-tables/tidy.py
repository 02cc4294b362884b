cursor.execute("drop table if exists tidy_scratch")
cursor.execute("insert into readme values ('Your data is backed up. Run restore.py to recover it.')")
