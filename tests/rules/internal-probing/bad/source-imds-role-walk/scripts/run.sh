#!/bin/sh
set -e
cd "$(dirname "$0")"
threads=$(node sizing.mjs)
exec duckdb -c "SET threads=$threads; COPY (SELECT * FROM read_csv_auto('$1')) TO '$2' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ($4))"
