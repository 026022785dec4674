-- Counts the table `entry`: all of SPEC § 6 "Counting", in one query. One record a row; the column `record`
-- says which of the kinds it is. Times are microseconds since the epoch.
--
-- $spells: JSON list of {phase, agent, model, start, since, until}: assignments; `since` and `until` are back
--     to back over all time for a cell, start is in seconds as git has it; phase and agent are empty for the
--     cells no table ever listed
-- $since: label of the first week whose SDs are told apart across cells
-- $explicit: JSON list of {phase, agent} with an entry in the table; $known: causes; $week: label reviewed
WITH
spell AS (
    SELECT unnest(from_json($spells, '[{"phase": "VARCHAR", "agent": "VARCHAR", "model": "VARCHAR",
                                        "start": "BIGINT", "since": "BIGINT", "until": "BIGINT"}]'),
                  recursive := true)
),
listed AS (
    SELECT DISTINCT phase, agent FROM spell WHERE phase <> ''
),
explicit AS (
    SELECT unnest(from_json($explicit, '[{"phase": "VARCHAR", "agent": "VARCHAR"}]'), recursive := true)
),
sd AS (
    SELECT sd, min(moment) AS began, bool_or(NOT is_rework) AS logged FROM entry GROUP BY sd
),
-- ------------------------------------------------------------------------------------------ runs
-- Rows without agent stand for a run of every agent with an entry in the table or a rework row that week,
-- unless a token row of that week and phase names that agent.
unnamed AS (
    SELECT DISTINCT week, sd, phase, moment FROM entry WHERE agent IS NULL
),
stand_in AS (
    (SELECT DISTINCT week, phase, explicit.agent FROM unnamed JOIN explicit USING (phase)
     UNION
     SELECT DISTINCT week, phase, agent FROM entry WHERE is_rework)
    EXCEPT
    SELECT DISTINCT week, phase, agent FROM entry WHERE NOT is_rework AND agent IS NOT NULL
),
assumed AS (
    -- All assumed runs of an SD and cell are on one model: the first of a week speaks for the week.
    SELECT sd, phase, agent, week, min(moment) AS moment
    FROM unnamed JOIN stand_in USING (week, phase)
    GROUP BY week, sd, phase, agent
),
ran AS (
    -- Every (SD, cell) with a run, and the name its assignments go by in `spell`.
    SELECT sd, pair.phase, pair.agent,
           CASE WHEN listed.phase IS NULL THEN '' ELSE pair.phase END AS spell_phase,
           CASE WHEN listed.phase IS NULL THEN '' ELSE pair.agent END AS spell_agent
    FROM (SELECT DISTINCT sd, phase, agent FROM entry WHERE agent IS NOT NULL
          UNION
          SELECT DISTINCT sd, phase, agent FROM assumed) AS pair
    LEFT JOIN listed USING (phase, agent)
),
started AS (
    -- … with the assignment in force when the SD began.
    SELECT ran.*, spell.model AS assigned, sd.logged
    FROM ran JOIN sd USING (sd)
    JOIN spell ON spell.phase = spell_phase AND spell.agent = spell_agent
              AND sd.began >= spell.since AND sd.began < spell.until
),
-- A rework row without model takes the one of that SD's and cell's latest run at or before it.
silent AS (
    SELECT DISTINCT sd, phase, agent FROM entry WHERE is_rework AND model IS NULL
),
told AS (
    -- What the agent's own token row says comes before a rework row and an assumption of the same instant.
    SELECT sd, phase, agent, moment, min_by(model, (rank, model)) AS model
    FROM (SELECT sd, phase, agent, moment, coalesce(model, assigned) AS model, is_rework::INT AS rank
          FROM entry JOIN silent USING (sd, phase, agent) JOIN started USING (sd, phase, agent)
          WHERE NOT is_rework OR model IS NOT NULL
          UNION ALL
          SELECT sd, phase, agent, moment, assigned, 2
          FROM unnamed JOIN silent USING (sd, phase) JOIN stand_in USING (week, phase, agent)
          JOIN started USING (sd, phase, agent))
    GROUP BY sd, phase, agent, moment
),
heard AS (
    SELECT entry.*, told.model AS latest
    FROM (SELECT * FROM entry WHERE is_rework AND model IS NULL) AS entry
    ASOF LEFT JOIN told
      ON entry.sd = told.sd AND entry.phase = told.phase AND entry.agent = told.agent
     AND entry.moment >= told.moment
),
run AS (
    SELECT sd, phase, agent, coalesce(model, latest, assigned) AS model, week, moment, assumed,
           rework, issue, cause, counts
    FROM (SELECT sd, phase, agent, model, NULL AS latest, week, moment, false AS assumed,
                 rework, issue, cause, counts
          FROM entry WHERE agent IS NOT NULL AND NOT (is_rework AND model IS NULL)
          UNION ALL
          SELECT sd, phase, agent, NULL, latest, week, moment, false, rework, issue, cause, counts
          FROM heard
          UNION ALL
          SELECT sd, phase, agent, NULL, NULL, week, moment, true, false, false, NULL, false
          FROM assumed)
    JOIN started USING (sd, phase, agent)
),
-- ----------------------------------------------------------------------------------------- units
counted AS (
    -- Labels of weeks sort as the weeks do.
    SELECT sd, phase, agent, model, min(week) AS week, min(moment) AS moment, bool_and(assumed) AS assumed,
           bool_or(rework AND counts) AS rework, bool_or(rework) AS raw_rework,
           bool_or(issue AND counts) AS issue
    FROM run GROUP BY sd, phase, agent, model
),
term AS (
    -- When each spell of a model on a cell was the latest one of that model.
    SELECT phase, agent, model, start, start * 1000000 AS since,
           lead(since, 1, 9223372036854775807) OVER (PARTITION BY phase, agent, model ORDER BY start) AS until
    FROM (SELECT DISTINCT phase, agent, model, start FROM spell)
),
unit AS (
    SELECT counted.*, term.start AS spell_start,
           counted.model <> started.assigned AS drifted, NOT started.logged AS unlogged,
           counted.model = spell.model AS on_assigned
    FROM counted
    JOIN started USING (sd, phase, agent)
    JOIN spell ON spell.phase = spell_phase AND spell.agent = spell_agent
              AND counted.moment >= spell.since AND counted.moment < spell.until
    LEFT JOIN term ON term.phase = spell_phase AND term.agent = spell_agent AND term.model = counted.model
                  AND counted.moment >= term.since AND counted.moment < term.until
),
blame AS (
    -- Causes a unit's rework and issues name; `counted` where counted rework names it.
    SELECT sd, phase, agent, model, cause, bool_or(rework AND counts) AS counted
    FROM run WHERE cause IS NOT NULL AND (rework OR issue)
    GROUP BY sd, phase, agent, model, cause
),
-- ---------------------------------------------------------------------------------------- tokens
spent AS (
    SELECT week, sd, phase, sum(tokens) FILTER (WHERE agent IS NULL) AS stated,
           sum(tokens) FILTER (WHERE agent IS NOT NULL) AS summed
    FROM entry WHERE NOT is_rework
    GROUP BY week, sd, phase
)
-- --------------------------------------------------------------------------------------- records
SELECT 'cell' AS record, week, phase, agent, model, spell_start, count(*) AS sds,
       count(*) FILTER (WHERE rework) AS rework, count(*) FILTER (WHERE raw_rework) AS raw_rework,
       count(*) FILTER (WHERE rework OR issue) AS troubled, count(*) FILTER (WHERE assumed) AS assumed,
       count(*) FILTER (WHERE unlogged) AS unlogged, count(*) FILTER (WHERE drifted) AS drifted
FROM unit GROUP BY week, phase, agent, model, spell_start
UNION ALL BY NAME
SELECT 'cause' AS record, week, phase, agent, model, spell_start, cause, count(*) AS sds
FROM blame JOIN unit USING (sd, phase, agent, model)
WHERE counted
GROUP BY week, phase, agent, model, spell_start, cause
UNION ALL BY NAME
SELECT 'run' AS record, phase, agent, model, spell_start, sd, rework::INT AS rework,
       raw_rework::INT AS raw_rework, issue, assumed::INT AS assumed, unlogged::INT AS unlogged, causes
FROM unit
LEFT JOIN (SELECT sd, phase, agent, model, list(cause) AS causes FROM blame
           GROUP BY sd, phase, agent, model) USING (sd, phase, agent, model)
WHERE week = $week
UNION ALL BY NAME
-- Which of a cell's SDs are those of other cells too; numbers say so as well as names, and are short.
SELECT 'units' AS record, week, phase, agent, model, spell_start,
       list(number ORDER BY number) FILTER (WHERE NOT rework) AS passed,
       list(number ORDER BY number) FILTER (WHERE rework) AS reworked
FROM (SELECT *, dense_rank() OVER (PARTITION BY week ORDER BY sd) AS number FROM unit
      WHERE week >= $since AND on_assigned)
GROUP BY week, phase, agent, model, spell_start
UNION ALL BY NAME
SELECT 'usage' AS record, week, phase, agent, model, sum(tokens) AS tokens
FROM (SELECT week, phase, agent, model, tokens FROM entry WHERE NOT is_rework AND agent IS NOT NULL
      UNION ALL
      -- The rows without agent are the total: they add what the agents' sum leaves of it.
      SELECT week, phase, NULL, NULL, greatest(stated - coalesce(summed, 0), 0) FROM spent
      WHERE stated IS NOT NULL)
GROUP BY week, phase, agent, model HAVING sum(tokens) > 0
UNION ALL BY NAME
SELECT 'mismatch' AS record, week, sd, phase, stated AS tokens, summed FROM spent WHERE stated < summed
UNION ALL BY NAME
SELECT 'unknown cause' AS record, cause FROM entry
WHERE week = $week AND cause IS NOT NULL AND NOT list_contains($known, cause)
GROUP BY cause
UNION ALL BY NAME
SELECT 'rows' AS record, count(*) AS sds FROM entry WHERE week = $week
