"""A FAQ bot in Python: psycopg, and ltd.match in the database. No Node.js runs while it answers.

    pip install "psycopg[binary]"
    ltd-index sql install                # once
    DATABASE_URL=postgres://… python ask.py 怎么退款
"""

import os
import sys

import psycopg
from psycopg.rows import dict_row


def ask(connection: psycopg.Connection, question: str) -> str:
    """The answer of the table faq (question, answer); what it may mean; or that a person must answer."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            "select decision, chance, row from ltd.match('faq', %s, 3)", [question]
        ).fetchall()
    if not rows or rows[0]["decision"] == "none":
        return "转人工"
    if rows[0]["decision"] == "answer":
        return rows[0]["row"]["answer"]
    return "您是不是想问：" + " / ".join(each["row"]["question"] for each in rows)


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for asked in sys.argv[1:]:
            print(ask(connection, asked))
