#!/bin/bash
read -s -p "Password of the report database: " PGPASSWORD
export PGPASSWORD
psql -h localhost -c "select count(*) from notes"
