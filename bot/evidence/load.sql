-- Reads every good row up to the end of the reviewed week into the table `spelled`, all its names but the SD's
-- as numbers; sds.sql makes `entry` of it.
-- reader.py has checked the rows: nothing is checked here.
--
-- $token_files, $rework_files: files of good rows, at least one of each
-- sure_tokens, sure_rework: views of the good rows in Parquet files, see sure_rows.py
-- Tables beside it, made by database.py: phase, agent, model, cause (`said` → number), week (its number and
-- its bounds, at most ten days (UTC) apart). Times are microseconds since the epoch.
--
-- `flags` is a sum: 1 a token row, 2 a rework row; 4 rework from a cause that counts, 8 rework from any; 16 an
-- issue from a cause that counts; 32 rework or an issue, whatever its cause. count.sql adds 64: a run on the
-- assignment in force.
CREATE OR REPLACE TEMP TABLE spelled AS
WITH
timed AS (
    SELECT false AS is_rework, epoch_us(upper(ts)::TIMESTAMPTZ) AS moment, sd, phase, agent, tokens, model, false AS rework, false AS issue,
           NULL AS cause
    FROM read_json($token_files, format = 'newline_delimited', compression = 'uncompressed',
                   hive_partitioning = false, maximum_object_size = 16777216,
                   columns = {ts: 'VARCHAR', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR',
                              tokens: 'BIGINT', model: 'VARCHAR'})
    UNION ALL
    SELECT true, epoch_us(upper(ts)::TIMESTAMPTZ), sd, phase, agent, NULL, model, rework, coalesce(issue, false), cause
    FROM read_json($rework_files, format = 'newline_delimited', compression = 'uncompressed',
                   hive_partitioning = false, maximum_object_size = 16777216,
                   columns = {ts: 'VARCHAR', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR',
                              rework: 'BOOLEAN', issue: 'BOOLEAN', cause: 'VARCHAR', model: 'VARCHAR'})
    UNION ALL
    SELECT false, moment, sd, phase, agent, tokens, model, false, false, NULL FROM sure_tokens
    UNION ALL
    SELECT true, moment, sd, phase, agent, NULL, model, rework, issue, cause FROM sure_rework
),
-- Weeks by the day (UTC), so that finding a row's week is an equality first.
day AS (
    SELECT since // 86400000000 + later AS day, week, since, until
    FROM week JOIN (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS days(later)
      ON since // 86400000000 + later <= (until - 1) // 86400000000
)
SELECT timed.is_rework, day.week, timed.moment, timed.sd, phase.number AS phase, agent.number AS agent,
       timed.tokens, model.number AS model, model.id, cause.number AS cause,
       CASE WHEN timed.is_rework THEN 2 ELSE 1 END
       + CASE WHEN timed.rework THEN CASE WHEN coalesce(cause.counts, true) THEN 12 ELSE 8 END ELSE 0 END
       + CASE WHEN timed.issue AND coalesce(cause.counts, true) THEN 16 ELSE 0 END
       + CASE WHEN timed.issue OR timed.rework THEN 32 ELSE 0 END AS flags
FROM timed
JOIN day ON timed.moment // 86400000000 = day.day AND timed.moment >= day.since AND timed.moment < day.until
JOIN phase ON timed.phase = phase.said
LEFT JOIN agent ON timed.agent = agent.said
LEFT JOIN model ON timed.model = model.said
LEFT JOIN cause ON timed.cause = cause.said
