-- Reads every good row into the table `line`. reader.py has checked them: nothing is checked here.
--
-- $token_files, $rework_files: files of good rows, at least one of each
-- $phases, $agents: {said, name} of every spelling in them; both JSON lists
CREATE OR REPLACE TEMP TABLE line AS
WITH
phase AS (
    SELECT unnest(from_json($phases, '[{"said": "VARCHAR", "name": "VARCHAR"}]'), recursive := true)
),
agent AS (
    SELECT unnest(from_json($agents, '[{"said": "VARCHAR", "name": "VARCHAR"}]'), recursive := true)
),
text AS (
    SELECT false AS is_rework, *
    FROM read_json($token_files, format = 'newline_delimited', compression = 'uncompressed',
                   hive_partitioning = false, maximum_object_size = 16777216,
                   columns = {ts: 'VARCHAR', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR',
                              tokens: 'BIGINT', model: 'VARCHAR'})
    UNION ALL BY NAME
    SELECT true AS is_rework, *
    FROM read_json($rework_files, format = 'newline_delimited', compression = 'uncompressed',
                   hive_partitioning = false, maximum_object_size = 16777216,
                   columns = {ts: 'VARCHAR', sd: 'VARCHAR', phase: 'VARCHAR', agent: 'VARCHAR',
                              rework: 'BOOLEAN', issue: 'BOOLEAN', cause: 'VARCHAR', model: 'VARCHAR'})
)
SELECT is_rework, epoch_us(upper(ts)::TIMESTAMPTZ) AS moment, sd, phase.name AS phase, agent.name AS agent,
       tokens, coalesce(rework, false) AS rework, coalesce(issue, false) AS issue,
       nullif(model, '') AS model, nullif(cause, '') AS cause
FROM text
JOIN phase ON text.phase = phase.said
LEFT JOIN agent ON text.agent = agent.said
