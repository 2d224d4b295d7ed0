-- Lets Postgres collect the statistics that search needs: the number of entries, and the most frequent words.
analyze {{entry}} (words)
