"""Vectors of many texts with PySpark: each task pipes its rows through `ltd-index embed` into Postgres.

    psql "$DATABASE_URL" -c "create table vectors (id bigint primary key, embedding vector(512))"
    spark-submit --master 'local[2]' examples/spark.py texts.tsv "$DATABASE_URL"

texts.tsv has lines of a number, a tab and a text; it may be a folder, on whatever Spark reads. Every worker needs
`ltd-index` and `psql` on its path, and the vectors stay on the way from one to the other: Spark never sees them.
"""

import itertools
import subprocess
import sys
import time

from pyspark.sql import SparkSession

# What a task that runs twice wrote before is kept, so that Spark may repeat it.
STATEMENTS = [
    "create temp table part (like vectors)",
    "copy part (id, embedding) from stdin (format binary)",
    "insert into vectors select * from part on conflict (id) do nothing",
]


def embed(lines, database):
    """Embeds one part; returns its number of rows. Raises if either program fails: nothing of the part is there then."""
    lines = iter(lines)
    first = next(lines, None)
    if first is None:  # does not load the model
        return 0
    student = subprocess.Popen(
        ["ltd-index", "embed", "--format", "copy"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    commands = [argument for statement in STATEMENTS for argument in ("-c", statement)]
    copy = subprocess.Popen(
        ["psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", database, *commands], stdin=student.stdout
    )
    student.stdout.close()  # psql alone reads it
    rows = 0
    with student.stdin:
        for line in itertools.chain([first], lines):
            student.stdin.write(f"{line}\n".encode())
            rows += 1
    if student.wait() != 0 or copy.wait() != 0:
        raise RuntimeError("ltd-index or psql failed: see its error above")
    return rows


def main():
    texts, database = sys.argv[1:3]
    spark = SparkSession.builder.appName("ltd-index").getOrCreate()
    started = time.monotonic()
    parts = spark.sparkContext.textFile(texts).mapPartitions(lambda lines: [embed(lines, database)])
    rows = parts.sum()
    print(f"{rows:,} rows in {parts.getNumPartitions()} parts, {time.monotonic() - started:.0f} s")
    spark.stop()


if __name__ == "__main__":
    main()
