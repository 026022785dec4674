-- Counts the table `entry`: all of SPEC § 6 "Counting", in one query. One record a row; the column `record`
-- says which of the kinds it is. Phases, agents, models, causes, weeks and SDs are numbers: those of weeks rise
-- with the weeks, those of models with the rungs, models off the ladder last, those of SDs with their names. A
-- model's number is 1000 times its rung's, plus its version's where the rung lists versions: 2 the oldest, 999
-- one not named. Times are microseconds since the epoch.
--
-- Beside `entry`: spell (phase, agent, model, start, since, until: assignments; `since` and `until` are back
-- to back over all time for a cell, start is in seconds as git has it; phase and agent are -1 for the cells
-- no table ever listed), explicit (phase, agent with an entry in the table) and sd (number → `said`).
--
-- $week: number of the week reviewed; $since: the same, or that of the first of the weeks that are to be
-- reviewed again as they were known at their ends, of which $week is the last; $most: SDs listed for each of
-- its records, those with rework apart; $rungs: how many models the ladder has; $real: what the numbers of
-- models that are any stay below; $silence_passes: whether SDs without a rework row count
-- $long: microseconds after which a second run is late; $old: week up to which a first run is old
WITH
-- ------------------------------------------------------------------------------------------ runs
spoken AS (
    SELECT DISTINCT week, phase, agent, is_rework FROM entry WHERE agent IS NOT NULL
),
-- A row without agent stands for a run of every agent with an entry in the table, unless a token row of that
-- week and phase names that agent. Of an agent with rework rows there, entry or not, only the SDs they name ran.
unnamed AS (
    SELECT DISTINCT week, sd, phase, moment FROM entry WHERE agent IS NULL
),
stand_in AS (
    SELECT unnamed.week, unnamed.phase, explicit.agent
    FROM unnamed JOIN explicit ON explicit.phase = unnamed.phase
    EXCEPT
    SELECT week, phase, agent FROM spoken
),
reporting AS (
    SELECT week, phase, agent FROM spoken WHERE is_rework
    EXCEPT
    SELECT week, phase, agent FROM spoken WHERE NOT is_rework
),
said AS (
    -- What names no model is no run; an outcome that names none is one without model.
    SELECT sd, phase, agent, week, moment, is_rework, CASE WHEN model < $real THEN model END AS model, cause,
           flags, tokens
    FROM entry WHERE agent IS NOT NULL AND (is_rework OR model IS NULL OR model < $real)
    UNION ALL
    SELECT unnamed.sd, unnamed.phase, stand_in.agent, unnamed.week, unnamed.moment, false, NULL, NULL, 0, NULL
    FROM unnamed JOIN stand_in ON stand_in.week = unnamed.week AND stand_in.phase = unnamed.phase
    UNION ALL
    SELECT unnamed.sd, unnamed.phase, reported.agent, unnamed.week, unnamed.moment, false, NULL, NULL, 0, NULL
    FROM unnamed
    JOIN (SELECT DISTINCT week, sd, phase, agent FROM entry WHERE is_rework) AS reported
      ON reported.week = unnamed.week AND reported.sd = unnamed.sd AND reported.phase = unnamed.phase
    JOIN reporting
      ON reporting.week = reported.week AND reporting.phase = reported.phase AND reporting.agent = reported.agent
),
-- ----------------------------------------------------------------------------------- assignments
cell AS (
    SELECT phase, agent FROM spoken UNION SELECT phase, agent FROM stand_in
),
listed AS (
    SELECT DISTINCT phase, agent FROM spell WHERE phase >= 0
),
reign AS (
    -- The assignments of every cell with a run.
    SELECT cell.phase, cell.agent, spell.model, spell.start, spell.since, spell.until
    FROM cell
    LEFT JOIN listed ON listed.phase = cell.phase AND listed.agent = cell.agent
    JOIN spell ON spell.phase = CASE WHEN listed.phase IS NULL THEN -1 ELSE cell.phase END
              AND spell.agent = CASE WHEN listed.phase IS NULL THEN -1 ELSE cell.agent END
),
-- When an SD began says which model it is to run on, and matters only in cells that had several.
steady AS (
    SELECT phase, agent, min(model) AS model FROM reign GROUP BY phase, agent HAVING min(model) = max(model)
),
mover AS (
    SELECT DISTINCT said.sd, said.phase, said.agent
    FROM said JOIN (SELECT phase, agent FROM reign GROUP BY phase, agent HAVING min(model) < max(model)) AS moved
      ON moved.phase = said.phase AND moved.agent = said.agent
),
began AS (
    SELECT sd, min(moment) AS moment FROM entry WHERE sd IN (SELECT sd FROM mover) GROUP BY sd
),
started AS (
    SELECT mover.sd, mover.phase, mover.agent, reign.model
    FROM mover
    JOIN began ON began.sd = mover.sd
    JOIN reign ON reign.phase = mover.phase AND reign.agent = mover.agent
              AND began.moment >= reign.since AND began.moment < reign.until
),
-- A run that names no version counts as the newest one seen in the cell by then; before any it has none: 1.
newest AS (
    SELECT phase, agent, model // 1000 AS rung, moment AS since,
           max(model) OVER (PARTITION BY phase, agent, model // 1000 ORDER BY moment, model) AS model,
           lead(moment, 1, 9223372036854775807)
               OVER (PARTITION BY phase, agent, model // 1000 ORDER BY moment, model) AS until
    FROM (SELECT phase, agent, model, min(moment) AS moment FROM entry
          WHERE agent IS NOT NULL AND model % 1000 BETWEEN 2 AND 998 GROUP BY phase, agent, model) AS seen
),
aligned AS (
    -- Every row with the assignment in force when its SD began.
    SELECT said.*, coalesce(steady.model, started.model) AS assigned,
           coalesce(said.model, steady.model, started.model) AS meant
    FROM said
    LEFT JOIN steady ON steady.phase = said.phase AND steady.agent = said.agent
    LEFT JOIN started ON started.sd = said.sd AND started.phase = said.phase AND started.agent = said.agent
),
dated AS (
    -- … and what it ran on if it names or stands for a run: a rework row without model does not, see below.
    SELECT aligned.sd, aligned.phase, aligned.agent, aligned.week, aligned.moment, aligned.cause, aligned.flags,
           aligned.tokens, aligned.assigned, aligned.is_rework AND aligned.model IS NULL AS silent,
           CASE WHEN aligned.meant % 1000 < 999 THEN aligned.meant
                ELSE coalesce(newest.model, aligned.meant - 998) END AS model
    FROM aligned
    LEFT JOIN newest ON newest.phase = aligned.phase AND newest.agent = aligned.agent
                    AND newest.rung = aligned.meant // 1000
                    AND aligned.moment >= newest.since AND aligned.moment < newest.until
),
-- A rework row without model takes the assignment in force for its SD if the SD has run on it by then, or on
-- nothing; else the model of the latest run by then. Of two at one instant the lower rung speaks.
silent AS (
    SELECT * FROM dated WHERE silent
),
abroad AS (
    SELECT silent.sd, silent.phase, silent.agent, silent.moment, silent.assigned, dated.model,
           row_number() OVER (PARTITION BY silent.sd, silent.phase, silent.agent, silent.moment
                              ORDER BY dated.moment DESC, dated.model) AS place
    FROM (SELECT DISTINCT sd, phase, agent, moment, assigned FROM silent) AS silent
    JOIN (SELECT sd, phase, agent, moment, model FROM dated
          WHERE NOT silent AND model // 1000 <> assigned // 1000) AS dated
      ON dated.sd = silent.sd AND dated.phase = silent.phase AND dated.agent = silent.agent
     AND dated.moment <= silent.moment
),
pair AS (
    SELECT DISTINCT sd, phase, agent FROM abroad
),
settler AS (
    SELECT dated.sd, dated.phase, dated.agent, dated.moment
    FROM dated JOIN pair ON pair.sd = dated.sd AND pair.phase = dated.phase AND pair.agent = dated.agent
    WHERE NOT dated.silent AND dated.model // 1000 = dated.assigned // 1000
    UNION ALL
    -- A rework row before all other runs is one itself, on the assignment.
    SELECT silent.sd, silent.phase, silent.agent, min(silent.moment)
    FROM silent JOIN pair ON pair.sd = silent.sd AND pair.phase = silent.phase AND pair.agent = silent.agent
    LEFT JOIN abroad ON abroad.sd = silent.sd AND abroad.phase = silent.phase AND abroad.agent = silent.agent
                    AND abroad.moment = silent.moment
    WHERE abroad.sd IS NULL
    GROUP BY silent.sd, silent.phase, silent.agent
),
settled AS (
    SELECT DISTINCT abroad.sd, abroad.phase, abroad.agent, abroad.moment
    FROM abroad JOIN settler ON settler.sd = abroad.sd AND settler.phase = abroad.phase
                            AND settler.agent = abroad.agent AND settler.moment <= abroad.moment
),
-- Of a rung with versions the row means that of the SD's latest run on it by then.
voiced AS (
    SELECT silent.sd, silent.phase, silent.agent, silent.moment, dated.model,
           row_number() OVER (PARTITION BY silent.sd, silent.phase, silent.agent, silent.moment
                              ORDER BY dated.moment DESC, dated.model) AS place
    FROM (SELECT DISTINCT sd, phase, agent, moment, assigned FROM silent WHERE assigned % 1000 > 0) AS silent
    JOIN (SELECT sd, phase, agent, moment, model FROM dated WHERE NOT silent AND model % 1000 > 0) AS dated
      ON dated.sd = silent.sd AND dated.phase = silent.phase AND dated.agent = silent.agent
     AND dated.moment <= silent.moment AND dated.model // 1000 = silent.assigned // 1000
),
-- Before any such run the first of these rows is one.
first_told AS (
    SELECT sd, phase, agent, min(model) AS model FROM silent WHERE model % 1000 > 0 GROUP BY sd, phase, agent
),
run AS (
    SELECT sd, phase, agent, model, week, moment, cause, tokens,
           flags + CASE WHEN model // 1000 = assigned // 1000 THEN 64 ELSE 0 END AS flags
    FROM dated WHERE NOT silent
    UNION ALL
    SELECT silent.sd, silent.phase, silent.agent, coalesce(abroad.model, voiced.model, first_told.model, silent.model),
           silent.week, silent.moment, silent.cause, NULL,
           silent.flags + CASE WHEN abroad.model IS NULL THEN 64 ELSE 0 END
    FROM silent
    LEFT JOIN (SELECT abroad.* FROM abroad
               LEFT JOIN settled ON settled.sd = abroad.sd AND settled.phase = abroad.phase
                                AND settled.agent = abroad.agent AND settled.moment = abroad.moment
               WHERE abroad.place = 1 AND settled.sd IS NULL) AS abroad
      ON abroad.sd = silent.sd AND abroad.phase = silent.phase AND abroad.agent = silent.agent
     AND abroad.moment = silent.moment
    LEFT JOIN (SELECT * FROM voiced WHERE place = 1) AS voiced
      ON voiced.sd = silent.sd AND voiced.phase = silent.phase AND voiced.agent = silent.agent
     AND voiced.moment = silent.moment
    LEFT JOIN first_told ON first_told.sd = silent.sd AND first_told.phase = silent.phase
                        AND first_told.agent = silent.agent
),
-- ----------------------------------------------------------------------------------------- units
counted AS (
    SELECT sd, phase, agent, model, min(week) AS week, min(moment) AS moment, bit_or(flags) AS flags,
           min(week) FILTER (WHERE (flags & 2) > 0) AS spoke, min(week) FILTER (WHERE (flags & 4) > 0) AS told,
           min(week) FILTER (WHERE (flags & 8) > 0) AS told_any,
           min(week) FILTER (WHERE (flags & 20) > 0) AS told_trouble, sum(tokens) AS tokens
    FROM run GROUP BY sd, phase, agent, model
),
known AS (
    -- SDs whose unit no token row names, but another unit's does.
    SELECT DISTINCT sd FROM entry
    WHERE NOT is_rework AND sd IN (SELECT sd FROM counted WHERE (flags & 3) = 2)
),
term AS (
    -- When each spell of a model on a cell was the latest one of that model; the first is as old as the rows.
    SELECT phase, agent, model // 1000 AS rung, start, since, ended,
           lead(since, 1, 9223372036854775807) OVER (PARTITION BY phase, agent, model ORDER BY since) AS until
    FROM (SELECT DISTINCT phase, agent, model, start, since, until AS ended FROM reign) AS distinct_reign
),
unit AS (
    SELECT counted.sd, counted.phase, counted.agent, counted.model, counted.week, term.start, counted.moment,
           counted.tokens,
           (counted.flags & 3) = 0 AS assumed, (counted.flags & 3) = 2 AND known.sd IS NULL AS unlogged,
           (counted.flags & 4) > 0 AS rework, (counted.flags & 8) > 0 AS raw_rework,
           (counted.flags & 16) > 0 AS issue, (counted.flags & 64) > 0 AS home,
           $silence_passes OR (counted.flags & 2) > 0 AS counts,
           coalesce(counted.moment < term.ended, false) AS reigning, counted.spoke, counted.told,
           counted.told_any, counted.told_trouble
    FROM counted
    LEFT JOIN known ON known.sd = counted.sd
    LEFT JOIN term ON term.phase = counted.phase AND term.agent = counted.agent
                  AND term.rung = counted.model // 1000
                  AND counted.moment >= term.since AND counted.moment < term.until
),
at_home AS (
    -- SDs with a run on the assignment in force for them, by week; several versions of a rung are one.
    SELECT sd, phase, agent, model // 1000 AS rung, week FROM unit WHERE home AND model % 1000 = 0
    UNION ALL
    SELECT DISTINCT sd, phase, agent, model // 1000, week FROM unit WHERE home AND model % 1000 > 0
),
away AS (
    -- Units off that assignment: whether their SD and cell had a run on it ever, and that week.
    SELECT unit.week, unit.sd, unit.phase, unit.agent, unit.model, unit.start, unit.counts,
           ever.sd IS NULL AS drifted, here.sd IS NOT NULL AS here
    FROM unit
    LEFT JOIN (SELECT sd, phase, agent FROM unit WHERE home AND model % 1000 = 0
               UNION ALL
               SELECT DISTINCT sd, phase, agent FROM unit WHERE home AND model % 1000 > 0) AS ever
      ON ever.sd = unit.sd AND ever.phase = unit.phase AND ever.agent = unit.agent
    LEFT JOIN at_home AS here
      ON here.sd = unit.sd AND here.phase = unit.phase AND here.agent = unit.agent AND here.week = unit.week
    WHERE NOT unit.home
),
blame AS (
    -- Causes a unit's rework and issues name; `counted` where counted rework names it.
    SELECT sd, phase, agent, model, cause, max(flags & 4) > 0 AS counted
    FROM run WHERE cause IS NOT NULL AND (flags & 32) > 0
    GROUP BY sd, phase, agent, model, cause
),
shown AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY phase, agent, model, start, raw_rework ORDER BY sd) AS place
        FROM unit WHERE week = $week AND counts
    ) AS placed WHERE place <= $most
),
told_apart AS (
    SELECT * FROM unit WHERE reigning AND counts AND week > $since - 104
),
-- SDs that ran again, or were reworked, long after their first run.
walk AS (
    SELECT run.sd, run.phase, run.agent, run.week, run.moment,
           row_number() OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS place,
           lead(run.moment) OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS next_moment,
           lead(run.week) OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS next_week
    FROM (SELECT DISTINCT run.sd, run.phase, run.agent, run.week, run.moment
          FROM run
          WHERE run.sd IN (SELECT sd FROM (SELECT sd, max(moment) - min(moment) AS long FROM entry GROUP BY sd) AS span
                           WHERE long > $long)) AS run
),
reworked AS (
    SELECT sd, phase, agent, model, max(week) AS week FROM run WHERE (flags & 8) > 0
    GROUP BY sd, phase, agent, model
),
-- ---------------------------------------------------------------------------------------- tokens
-- What rows that name the agent spent on each of a cell's SDs, by the rung it ran on, beside its first run. An
-- SD that no such row names has no known cost, nor has one with tokens of a model off the ladder.
wanderer AS (
    -- Every SD of a cell that ran on several models, and some that did not: all others have one unit there.
    SELECT DISTINCT sd, phase, agent FROM unit WHERE NOT home OR model % 1000 > 0
),
walked AS (
    SELECT unit.phase, unit.agent, unit.model, unit.week, unit.start, unit.rework, unit.counts, unit.tokens,
           row_number() OVER first_to_last AS place, first_value(unit.model) OVER first_to_last AS first_model,
           first_value(unit.week) OVER first_to_last AS first_week,
           first_value(unit.start) OVER first_to_last AS first_start,
           first_value(unit.counts) OVER first_to_last AS evident,
           max(CASE WHEN unit.model // 1000 >= $rungs AND unit.tokens IS NOT NULL THEN 1 ELSE 0 END)
               OVER (PARTITION BY unit.sd, unit.phase, unit.agent) AS off_ladder,
           count(unit.tokens) OVER (PARTITION BY unit.sd, unit.phase, unit.agent) AS told
    FROM unit JOIN wanderer ON wanderer.sd = unit.sd AND wanderer.phase = unit.phase AND wanderer.agent = unit.agent
    WINDOW first_to_last AS (PARTITION BY unit.sd, unit.phase, unit.agent ORDER BY unit.moment, unit.model)
),
purse AS (
    SELECT phase, agent, first_model // 1000 AS first_rung, first_week, first_start, place = 1 AS first,
           model // 1000 AS rung, rework, tokens
    FROM walked
    WHERE evident AND told > 0 AND off_ladder = 0 AND first_model // 1000 < $rungs
      AND (place = 1 OR tokens IS NOT NULL)
    UNION ALL
    SELECT unit.phase, unit.agent, unit.model // 1000, unit.week, unit.start, true,
           unit.model // 1000, unit.rework, unit.tokens
    FROM unit
    LEFT JOIN wanderer ON wanderer.sd = unit.sd AND wanderer.phase = unit.phase AND wanderer.agent = unit.agent
    WHERE wanderer.sd IS NULL AND unit.counts AND unit.tokens IS NOT NULL AND unit.model // 1000 < $rungs
),
spent AS (
    SELECT stated.week, stated.sd, stated.phase, stated.tokens AS stated, coalesce(summed.tokens, 0) AS summed
    FROM (SELECT week, sd, phase, sum(tokens) AS tokens FROM entry
          WHERE NOT is_rework AND agent IS NULL GROUP BY week, sd, phase) AS stated
    LEFT JOIN (SELECT week, sd, phase, sum(tokens) AS tokens FROM entry
               WHERE NOT is_rework AND agent IS NOT NULL AND sd IN (SELECT sd FROM unnamed)
               GROUP BY week, sd, phase) AS summed
      ON summed.week = stated.week AND summed.sd = stated.sd AND summed.phase = stated.phase
)
-- --------------------------------------------------------------------------------------- records
SELECT 'cell' AS record, week, phase, agent, model, start, NULL::VARCHAR AS sd, NULL::BIGINT AS cause,
       count(*) FILTER (WHERE counts) AS sds, count(*) FILTER (WHERE rework) AS rework,
       count(*) FILTER (WHERE raw_rework) AS raw_rework, count(*) FILTER (WHERE rework OR issue) AS troubled,
       count(*) FILTER (WHERE assumed AND counts) AS assumed,
       count(*) FILTER (WHERE unlogged) AS unlogged, NULL::BIGINT AS drifted,
       -- of these while the cell was assigned the model: SDs, and those with rework
       count(*) FILTER (WHERE counts AND reigning) AS tokens, count(*) FILTER (WHERE rework AND reigning) AS summed
FROM unit GROUP BY week, phase, agent, model, start
UNION ALL
-- What was not known yet at the end of the week it counts in, by the week it was told in.
SELECT 'late', week, phase, agent, model, start, NULL, NULL, known, count(*) FILTER (WHERE bad), count(*) FILTER (WHERE NOT bad),
       NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT week, phase, agent, model, start, told AS known, true AS bad
      FROM unit WHERE reigning AND told > week
      UNION ALL
      SELECT week, phase, agent, model, start, spoke, false
      FROM unit WHERE reigning AND NOT $silence_passes AND spoke > week) AS later
GROUP BY week, phase, agent, model, start, known
UNION ALL
SELECT 'home', week, phase, agent, NULL, NULL, NULL, NULL, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM at_home GROUP BY week, phase, agent
UNION ALL
SELECT 'away', week, phase, agent, model, start, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       count(*), NULL, NULL
FROM away WHERE drifted AND counts GROUP BY week, phase, agent, model, start
UNION ALL
-- Of a cell's SDs in a week those not on their assignment in it, once each, by the lowest rung they ran on.
SELECT 'away sds', week, phase, agent, model, NULL, NULL, NULL, count(*), NULL, NULL, NULL, NULL, NULL,
       count(*) FILTER (WHERE drifted), NULL, NULL
FROM (SELECT week, phase, agent, sd, min(model) AS model, bool_and(drifted) AS drifted
      FROM away WHERE NOT here
      GROUP BY week, phase, agent, sd) AS strayed
GROUP BY week, phase, agent, model
UNION ALL
-- SDs of a week on their assignment that ran on a stronger rung as well.
SELECT 'escalated', week, phase, agent, rung * 1000, NULL, NULL, NULL, count(*), NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL
FROM (SELECT DISTINCT at_home.week, at_home.phase, at_home.agent, at_home.rung, at_home.sd
      FROM away JOIN at_home ON at_home.sd = away.sd AND at_home.phase = away.phase AND at_home.agent = away.agent
      WHERE away.model // 1000 > at_home.rung AND away.model // 1000 < $rungs) AS redone
GROUP BY week, phase, agent, rung
UNION ALL
-- How many SDs of a cell's week ran a version or a later one.
SELECT 'version', unit.week, unit.phase, unit.agent, later.model, unit.start, NULL, NULL, count(DISTINCT unit.sd),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unit
JOIN (SELECT DISTINCT phase, agent, model FROM unit WHERE model % 1000 > 1) AS later
  ON later.phase = unit.phase AND later.agent = unit.agent AND later.model // 1000 = unit.model // 1000
 AND unit.model >= later.model
GROUP BY unit.week, unit.phase, unit.agent, later.model, unit.start
UNION ALL
-- Ids that the rows of a week name.
SELECT 'id', week, phase, agent, model, NULL, NULL, NULL, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT DISTINCT week, phase, agent, model, id FROM entry WHERE agent IS NOT NULL AND id IS NOT NULL) AS named
UNION ALL
SELECT 'cause', unit.week, unit.phase, unit.agent, unit.model, unit.start, NULL, blame.cause, count(*),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unit JOIN blame ON blame.sd = unit.sd AND blame.phase = unit.phase AND blame.agent = unit.agent
                    AND blame.model = unit.model
WHERE blame.counted
GROUP BY unit.week, unit.phase, unit.agent, unit.model, unit.start, blame.cause
UNION ALL
SELECT 'run', week, phase, agent, model, start, sd.said, NULL, 1, rework::INT, raw_rework::INT, issue::INT,
       assumed::INT, unlogged::INT, NULL, NULL, NULL
FROM shown JOIN sd ON sd.number = shown.sd
UNION ALL
-- Which of a cell's SDs are those of other cells too, of two years: numbers say so as well as names, and sort
-- faster once they are here.
SELECT 'units', week, phase, agent, model, start, string_agg(sd::VARCHAR, ','), NULL, count(*),
       rework::INT, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM told_apart
GROUP BY week, phase, agent, model, start, rework
UNION ALL
SELECT 'run cause', shown.week, shown.phase, shown.agent, shown.model, shown.start, sd.said, blame.cause, 1,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM shown JOIN sd ON sd.number = shown.sd
JOIN blame ON blame.sd = shown.sd AND blame.phase = shown.phase AND blame.agent = shown.agent
          AND blame.model = shown.model
UNION ALL
SELECT 'again', week, phase, agent, NULL, NULL, sd.said, NULL, next_week, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM walk JOIN sd ON sd.number = walk.sd WHERE place = 1 AND next_moment - moment > $long
UNION ALL
SELECT 'reworked again', unit.week, unit.phase, unit.agent, unit.model, unit.start, sd.said, NULL, reworked.week,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unit JOIN sd ON sd.number = unit.sd
JOIN reworked ON reworked.sd = unit.sd AND reworked.phase = unit.phase
                       AND reworked.agent = unit.agent AND reworked.model = unit.model
WHERE reworked.week > unit.week AND unit.week <= $old
UNION ALL
SELECT 'outcomes', week, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT DISTINCT week FROM entry WHERE is_rework) AS reported_week
UNION ALL
SELECT 'usage', week, phase, agent, model, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, sum(tokens), NULL
FROM (SELECT week, phase, agent, model, tokens FROM entry WHERE NOT is_rework AND agent IS NOT NULL
      UNION ALL
      -- The rows without agent are the total: they add what the agents' sum leaves of it.
      SELECT week, phase, NULL, NULL, stated - summed FROM spent WHERE stated > summed) AS used
GROUP BY week, phase, agent, model HAVING sum(tokens) > 0
UNION ALL
SELECT 'cost', first_week, phase, agent, first_rung * 1000, first_start, NULL, NULL,
       count(*) FILTER (WHERE first), count(*) FILTER (WHERE first AND rework), NULL, NULL, NULL, NULL,
       NULL, sum(tokens), rung
FROM purse GROUP BY first_week, phase, agent, first_rung, first_start, rung
UNION ALL
SELECT 'mismatch', week, phase, NULL, NULL, NULL, sd.said, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL, NULL, stated, summed
FROM spent JOIN sd ON sd.number = spent.sd WHERE stated < summed
UNION ALL
-- Cells whose token log contradicts itself on an SD of the week.
SELECT 'contradicted', unit.week, unit.phase, unit.agent, NULL, NULL, NULL, NULL, count(DISTINCT unit.sd),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM spent
JOIN unit ON unit.week = spent.week AND unit.sd = spent.sd AND unit.phase = spent.phase
WHERE spent.stated < spent.summed AND spent.week >= $since
GROUP BY unit.week, unit.phase, unit.agent
UNION ALL
SELECT 'reported', week, phase, agent, NULL, NULL, NULL, cause, count(*),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM entry WHERE week = $week AND cause IS NOT NULL AND (flags & 32) > 0 GROUP BY week, phase, agent, cause
UNION ALL
-- Models off the ladder that ran in the week.
SELECT 'off ladder', week, phase, agent, model, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL
FROM (SELECT DISTINCT week, phase, agent, model FROM run WHERE week = $week AND model // 1000 >= $rungs) AS odd
UNION ALL
SELECT 'rows', week, NULL, NULL, NULL, NULL, NULL, NULL, count(*),
       NULL, NULL, NULL, NULL, NULL, NULL, max(moment), NULL
FROM entry WHERE week >= $since GROUP BY week
UNION ALL
-- Of weeks reviewed again: each unit of which something was told after its week, with the weeks that told it.
SELECT 'since', unit.week, unit.phase, unit.agent, unit.model, unit.start, told_apart.sd::VARCHAR, NULL,
       CASE WHEN NOT $silence_passes THEN unit.spoke END, unit.told, unit.told_any, unit.told_trouble,
       NULL, NULL, NULL, NULL, NULL
FROM (SELECT * FROM unit
      WHERE $since < $week AND counts
        AND greatest(told, told_any, told_trouble, CASE WHEN NOT $silence_passes THEN spoke END)
            > greatest(week, $since)) AS unit
LEFT JOIN told_apart ON told_apart.sd = unit.sd AND told_apart.phase = unit.phase
                    AND told_apart.agent = unit.agent AND told_apart.model = unit.model
UNION ALL
-- SDs that at the end of their week had not run on their assignment yet; by the lowest rung they ran on.
SELECT 'home since', strayed.week, strayed.phase, strayed.agent, strayed.model, NULL, NULL, NULL, count(*),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT week, phase, agent, sd, min(model) AS model FROM away
      WHERE $since < $week AND NOT here AND NOT drifted AND week >= $since
      GROUP BY week, phase, agent, sd) AS strayed
LEFT JOIN (SELECT sd, phase, agent, min(week) AS week FROM at_home GROUP BY sd, phase, agent) AS earlier
  ON earlier.sd = strayed.sd AND earlier.phase = strayed.phase AND earlier.agent = strayed.agent
 AND earlier.week <= strayed.week
WHERE earlier.sd IS NULL
GROUP BY strayed.week, strayed.phase, strayed.agent, strayed.model
UNION ALL
-- SDs that by then had not run on a stronger rung yet.
SELECT 'escalated since', week, phase, agent, rung * 1000, NULL, NULL, NULL, count(*),
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT at_home.week, at_home.phase, at_home.agent, at_home.rung, at_home.sd
      FROM away JOIN at_home ON at_home.sd = away.sd AND at_home.phase = away.phase AND at_home.agent = away.agent
      WHERE $since < $week AND at_home.week >= $since
        AND away.model // 1000 > at_home.rung AND away.model // 1000 < $rungs
      GROUP BY at_home.week, at_home.phase, at_home.agent, at_home.rung, at_home.sd
      HAVING min(away.week) > at_home.week) AS redone_since
GROUP BY week, phase, agent, rung
