-- Reads every log file into the table `line`, one row a line, and flags the bad ones.
--
-- Typed columns would coerce ("58000" to 58000, true to 1), so every field is read as JSON and its type is
-- checked. lines.py says the same rules a second time, with words and line numbers, for files that hold a
-- bad line; read.py lets the two disagree about nothing.
--
-- $paths: token logs, then rework logs; $token_files: how many of them are token logs
-- $instant: pattern of RFC 3339; $first, $last, $end: instants in microseconds since the epoch
-- $phases: canonical names; $most_tokens, $longest, $most_parts: limits of one row
CREATE OR REPLACE TEMP TABLE line AS
WITH
-- ------------------------------------------------------------------------------------------ read
text AS (
    -- Blank lines are left out; a malformed line is NULL.
    SELECT file_index AS file, file_index >= $token_files AS is_rework, json
    FROM read_json_objects($paths, format = 'newline_delimited', ignore_errors = true,
                           compression = 'uncompressed', hive_partitioning = false,
                           maximum_object_size = 16777216)
),
parsed AS (
    -- What is missing or null, and everything in a line that is no object, is NULL in `f`.
    SELECT file, is_rework, json, json_keys(json) AS keys,
           from_json(json, '{"ts": "JSON", "sd": "JSON", "phase": "JSON", "agent": "JSON",
                             "tokens": "JSON", "rework": "JSON", "issue": "JSON", "model": "JSON",
                             "cause": "JSON", "note": "JSON", "id": "JSON"}') AS f
    FROM text
),
-- ----------------------------------------------------------------------------------------- check
field AS (
    -- DuckDB lets duplicate keys, trailing commas, NaN and Infinity pass. A line that holds known fields
    -- only, each once, can hide no more than a comma at its end, as the type of every field is checked
    -- below. Only the other lines pay for a closer look, with all their strings emptied.
    SELECT *,
           CASE WHEN json IS NULL OR strlen(json) > $longest
                THEN false
                WHEN len(keys) = (f.ts IS NOT NULL)::INT + (f.sd IS NOT NULL)::INT
                               + (f.phase IS NOT NULL)::INT + (f.agent IS NOT NULL)::INT
                               + (f.model IS NOT NULL)::INT + (f.note IS NOT NULL)::INT
                               + (f.id IS NOT NULL)::INT
                               + CASE WHEN is_rework
                                      THEN (f.rework IS NOT NULL)::INT + (f.issue IS NOT NULL)::INT
                                         + (f.cause IS NOT NULL)::INT
                                      ELSE (f.tokens IS NOT NULL)::INT END
                 AND NOT (ends_with(json, ',}') OR ends_with(json, ' }')
                          OR ends_with(json, E'\t}') OR ends_with(json, E'\r}'))
                THEN true
                ELSE len(keys) = len(list_distinct(keys))
                 AND NOT regexp_matches(
                         regexp_replace(json, '"[^"\\]*(?:\\.[^"\\]*)*"', '""', 'g'),
                         '(?i),[ \t\r\n]*[\]}]|nan|inf')
                 AND len(regexp_replace(
                         regexp_replace(json, '"[^"\\]*(?:\\.[^"\\]*)*"', '""', 'g'),
                         '[^\[{]', '', 'g')) <= $most_parts
           END AS well_formed,
           CASE WHEN json_type(f.ts) = 'VARCHAR' AND regexp_full_match(f.ts ->> '$', $instant)
                THEN epoch_us(TRY_CAST(upper(f.ts ->> '$') AS TIMESTAMPTZ)) END AS any_moment,
           f.phase ->> '$' AS any_phase,
           f.agent ->> '$' AS any_agent
    FROM parsed
),
checked AS (
    SELECT *,
           CASE WHEN any_moment BETWEEN $first AND $last THEN any_moment END AS moment,
           upper(any_phase) AS phase,
           regexp_replace(upper(any_agent), '([-_]AGENT)+$', '') AS agent,
           TRY_CAST(f.tokens::VARCHAR AS BIGINT) AS tokens
    FROM field
)
-- ------------------------------------------------------------------------------------- normalise
SELECT file, is_rework, moment, phase, agent,
       -- What happened after the reviewed week is not looked at, so a replay equals history.
       CASE WHEN well_formed AND moment >= $end THEN 'later'
            WHEN well_formed
           AND moment IS NOT NULL
           AND json_type(f.sd) = 'VARCHAR' AND f.sd::VARCHAR <> '""'
           AND json_type(f.phase) = 'VARCHAR'
           AND regexp_full_match(any_phase, '[A-Za-z][A-Za-z0-9_-]*')
           AND list_contains($phases, phase)
           AND CASE WHEN f.agent IS NULL THEN NOT is_rework
                    ELSE json_type(f.agent) = 'VARCHAR'
                     AND regexp_full_match(any_agent, '[A-Za-z][A-Za-z0-9_-]*')
                     AND agent <> 'DEFAULT' END
           AND CASE WHEN is_rework
                    THEN json_type(f.rework) = 'BOOLEAN'
                     AND coalesce(json_type(f.issue), 'BOOLEAN') = 'BOOLEAN'
                     AND coalesce(json_type(f.cause), 'VARCHAR') = 'VARCHAR'
                    ELSE json_type(f.tokens) IN ('UBIGINT', 'BIGINT')
                     AND tokens BETWEEN 0 AND $most_tokens END
           AND coalesce(json_type(f.model), 'VARCHAR') = 'VARCHAR'
           AND coalesce(json_type(f.note), 'VARCHAR') = 'VARCHAR'
           AND coalesce(json_type(f.id), 'VARCHAR') = 'VARCHAR'
           THEN 'good' ELSE 'bad' END AS state,
       f.sd ->> '$' AS sd,
       CASE WHEN NOT is_rework THEN tokens END AS tokens,
       is_rework AND coalesce(f.rework::VARCHAR = 'true', false) AS rework,
       is_rework AND coalesce(f.issue::VARCHAR = 'true', false) AS issue,
       nullif(f.model ->> '$', '') AS model,
       CASE WHEN is_rework THEN nullif(f.cause ->> '$', '') END AS cause,
       nullif(f.note ->> '$', '') AS note,
       nullif(f.id ->> '$', '') AS id
FROM checked
