-- Made by `python -m tests.support.translate` of the scripts in bot/evidence: change those.
-- $1 phase_codes, $2 agent_codes, $3 model_codes, $4 cause_codes, $5 week_codes, $6 spell_codes, $7 explicit_codes, $8 week, $9 since, $10 rungs, $11 real, $12 most, $13 silence_passes, $14 long, $15 old
WITH
token_row AS (
SELECT ts, sd COLLATE "C" AS sd, phase COLLATE "C" AS phase, agent COLLATE "C" AS agent, tokens, model COLLATE "C" AS model FROM {tokens} AS given
),
rework_row AS (
SELECT ts, sd COLLATE "C" AS sd, phase COLLATE "C" AS phase, agent COLLATE "C" AS agent, rework, issue, cause COLLATE "C" AS cause, model COLLATE "C" AS model FROM {rework} AS given
),
phase AS (
SELECT * FROM jsonb_to_recordset(CAST($1 AS JSONB)) AS phase(said VARCHAR, number INTEGER)
),
agent AS (
SELECT * FROM jsonb_to_recordset(CAST($2 AS JSONB)) AS agent(said VARCHAR, number INTEGER)
),
model AS (
SELECT * FROM jsonb_to_recordset(CAST($3 AS JSONB)) AS model(said VARCHAR, number INTEGER, id INTEGER)
),
cause AS (
SELECT * FROM jsonb_to_recordset(CAST($4 AS JSONB)) AS cause(said VARCHAR, number INTEGER, counts BOOLEAN)
),
week AS (
SELECT * FROM jsonb_to_recordset(CAST($5 AS JSONB)) AS week(week INTEGER, since BIGINT, until BIGINT)
),
spell AS (
SELECT * FROM jsonb_to_recordset(CAST($6 AS JSONB)) AS spell(phase INTEGER, agent INTEGER, model INTEGER, start BIGINT, since BIGINT, until BIGINT)
),
explicit AS (
SELECT * FROM jsonb_to_recordset(CAST($7 AS JSONB)) AS explicit(phase INTEGER, agent INTEGER)
),
timed AS (
SELECT
  FALSE AS is_rework,
  CAST(EXTRACT(EPOCH FROM ts) * 1000000 AS BIGINT) AS moment,
  sd,
  phase,
  agent,
  tokens,
  model,
  FALSE AS rework,
  FALSE AS issue,
  CAST(NULL AS TEXT) AS cause
FROM token_row
UNION ALL
SELECT
  TRUE,
  CAST(EXTRACT(EPOCH FROM ts) * 1000000 AS BIGINT),
  sd,
  phase,
  agent,
  NULL,
  model,
  rework,
  COALESCE(issue, FALSE),
  cause
FROM rework_row
),
day AS (
SELECT
  since / 86400000000 + later AS day,
  week,
  since,
  until
FROM week
JOIN (VALUES
  (0),
  (1),
  (2),
  (3),
  (4),
  (5),
  (6),
  (7),
  (8),
  (9)) AS days(later)
  ON since / 86400000000 + later <= (
    until - 1
  ) / 86400000000
),
spelled AS (
SELECT
  timed.is_rework,
  day.week,
  timed.moment,
  timed.sd,
  phase.number AS phase,
  agent.number AS agent,
  timed.tokens,
  model.number AS model,
  model.id,
  cause.number AS cause,
  CASE WHEN timed.is_rework THEN 2 ELSE 1 END + CASE WHEN timed.rework THEN CASE WHEN COALESCE(cause.counts, TRUE) THEN 12 ELSE 8 END ELSE 0 END + CASE WHEN timed.issue AND COALESCE(cause.counts, TRUE) THEN 16 ELSE 0 END + CASE WHEN timed.issue OR timed.rework THEN 32 ELSE 0 END AS flags
FROM timed
JOIN day
  ON timed.moment / 86400000000 = day.day AND timed.moment >= day.since AND timed.moment < day.until
JOIN phase
  ON timed.phase = phase.said
LEFT JOIN agent
  ON timed.agent = agent.said
LEFT JOIN model
  ON timed.model = model.said
LEFT JOIN cause
  ON timed.cause = cause.said
),
sd AS (
SELECT
  said,
  CAST(ROW_NUMBER() OVER (ORDER BY said) AS INT) AS number
FROM (
  SELECT DISTINCT
    sd AS said
  FROM spelled
) AS named
),
entry AS (
SELECT
  is_rework,
  week,
  moment,
  sd.number AS sd,
  phase,
  agent,
  tokens,
  model,
  id,
  cause,
  flags
FROM spelled
JOIN sd
  ON sd.said = spelled.sd
),
spoken AS (
SELECT DISTINCT
  week,
  phase,
  agent,
  is_rework
FROM entry
WHERE
  NOT agent IS NULL
),
unnamed AS (
SELECT DISTINCT
  week,
  sd,
  phase,
  moment
FROM entry
WHERE
  agent IS NULL
),
stand_in AS (
SELECT
  unnamed.week,
  unnamed.phase,
  explicit.agent
FROM unnamed
JOIN explicit
  ON explicit.phase = unnamed.phase
EXCEPT
SELECT
  week,
  phase,
  agent
FROM spoken
),
reporting AS (
SELECT
  week,
  phase,
  agent
FROM spoken
WHERE
  is_rework
EXCEPT
SELECT
  week,
  phase,
  agent
FROM spoken
WHERE
  NOT is_rework
),
said AS (
SELECT
  sd,
  phase,
  agent,
  week,
  moment,
  is_rework,
  CASE WHEN model < $11 THEN model END AS model,
  cause,
  flags,
  tokens
FROM entry
WHERE
  NOT agent IS NULL AND (
    is_rework OR model IS NULL OR model < $11
  )
UNION ALL
SELECT
  unnamed.sd,
  unnamed.phase,
  stand_in.agent,
  unnamed.week,
  unnamed.moment,
  FALSE,
  NULL,
  NULL,
  0,
  NULL
FROM unnamed
JOIN stand_in
  ON stand_in.week = unnamed.week AND stand_in.phase = unnamed.phase
UNION ALL
SELECT
  unnamed.sd,
  unnamed.phase,
  reported.agent,
  unnamed.week,
  unnamed.moment,
  FALSE,
  NULL,
  NULL,
  0,
  NULL
FROM unnamed
JOIN (
  SELECT DISTINCT
    week,
    sd,
    phase,
    agent
  FROM entry
  WHERE
    is_rework
) AS reported
  ON reported.week = unnamed.week AND reported.sd = unnamed.sd AND reported.phase = unnamed.phase
JOIN reporting
  ON reporting.week = reported.week
  AND reporting.phase = reported.phase
  AND reporting.agent = reported.agent
),
cell AS (
SELECT
  phase,
  agent
FROM spoken
UNION
SELECT
  phase,
  agent
FROM stand_in
),
listed AS (
SELECT DISTINCT
  phase,
  agent
FROM spell
WHERE
  phase >= 0
),
reign AS (
SELECT
  cell.phase,
  cell.agent,
  spell.model,
  spell.start,
  spell.since,
  spell.until
FROM cell
LEFT JOIN listed
  ON listed.phase = cell.phase AND listed.agent = cell.agent
JOIN spell
  ON spell.phase = CASE WHEN listed.phase IS NULL THEN -1 ELSE cell.phase END
  AND spell.agent = CASE WHEN listed.phase IS NULL THEN -1 ELSE cell.agent END
),
steady AS (
SELECT
  phase,
  agent,
  MIN(model) AS model
FROM reign
GROUP BY
  phase,
  agent
HAVING
  MIN(model) = MAX(model)
),
mover AS (
SELECT DISTINCT
  said.sd,
  said.phase,
  said.agent
FROM said
JOIN (
  SELECT
    phase,
    agent
  FROM reign
  GROUP BY
    phase,
    agent
  HAVING
    MIN(model) < MAX(model)
) AS moved
  ON moved.phase = said.phase AND moved.agent = said.agent
),
began AS (
SELECT
  sd,
  MIN(moment) AS moment
FROM entry
WHERE
  sd IN (
    SELECT
      sd
    FROM mover
  )
GROUP BY
  sd
),
started AS (
SELECT
  mover.sd,
  mover.phase,
  mover.agent,
  reign.model
FROM mover
JOIN began
  ON began.sd = mover.sd
JOIN reign
  ON reign.phase = mover.phase
  AND reign.agent = mover.agent
  AND began.moment >= reign.since
  AND began.moment < reign.until
),
newest AS (
SELECT
  phase,
  agent,
  model / 1000 AS rung,
  moment AS since,
  MAX(model) OVER (PARTITION BY phase, agent, model / 1000 ORDER BY moment, model) AS model,
  LEAD(moment, 1, 9223372036854775807) OVER (PARTITION BY phase, agent, model / 1000 ORDER BY moment, model) AS until
FROM (
  SELECT
    phase,
    agent,
    model,
    MIN(moment) AS moment
  FROM entry
  WHERE
    NOT agent IS NULL AND model % 1000 BETWEEN 2 AND 998
  GROUP BY
    phase,
    agent,
    model
) AS seen
),
aligned AS (
SELECT
  said.*,
  COALESCE(steady.model, started.model) AS assigned,
  COALESCE(said.model, steady.model, started.model) AS meant
FROM said
LEFT JOIN steady
  ON steady.phase = said.phase AND steady.agent = said.agent
LEFT JOIN started
  ON started.sd = said.sd AND started.phase = said.phase AND started.agent = said.agent
),
dated AS (
SELECT
  aligned.sd,
  aligned.phase,
  aligned.agent,
  aligned.week,
  aligned.moment,
  aligned.cause,
  aligned.flags,
  aligned.tokens,
  aligned.assigned,
  aligned.is_rework AND aligned.model IS NULL AS silent,
  CASE
    WHEN aligned.meant % 1000 < 999
    THEN aligned.meant
    ELSE COALESCE(newest.model, aligned.meant - 998)
  END AS model
FROM aligned
LEFT JOIN newest
  ON newest.phase = aligned.phase
  AND newest.agent = aligned.agent
  AND newest.rung = aligned.meant / 1000
  AND aligned.moment >= newest.since
  AND aligned.moment < newest.until
),
silent AS (
SELECT
  *
FROM dated
WHERE
  silent
),
abroad AS (
SELECT
  silent.sd,
  silent.phase,
  silent.agent,
  silent.moment,
  silent.assigned,
  dated.model,
  ROW_NUMBER() OVER (
    PARTITION BY silent.sd, silent.phase, silent.agent, silent.moment
    ORDER BY dated.moment DESC NULLS LAST, dated.model
  ) AS place
FROM (
  SELECT DISTINCT
    sd,
    phase,
    agent,
    moment,
    assigned
  FROM silent
) AS silent
JOIN (
  SELECT
    sd,
    phase,
    agent,
    moment,
    model
  FROM dated
  WHERE
    NOT silent AND model / 1000 <> assigned / 1000
) AS dated
  ON dated.sd = silent.sd
  AND dated.phase = silent.phase
  AND dated.agent = silent.agent
  AND dated.moment <= silent.moment
),
pair AS (
SELECT DISTINCT
  sd,
  phase,
  agent
FROM abroad
),
settler AS (
SELECT
  dated.sd,
  dated.phase,
  dated.agent,
  dated.moment
FROM dated
JOIN pair
  ON pair.sd = dated.sd AND pair.phase = dated.phase AND pair.agent = dated.agent
WHERE
  NOT dated.silent AND dated.model / 1000 = dated.assigned / 1000
UNION ALL
SELECT
  silent.sd,
  silent.phase,
  silent.agent,
  MIN(silent.moment)
FROM silent
JOIN pair
  ON pair.sd = silent.sd AND pair.phase = silent.phase AND pair.agent = silent.agent
LEFT JOIN abroad
  ON abroad.sd = silent.sd
  AND abroad.phase = silent.phase
  AND abroad.agent = silent.agent
  AND abroad.moment = silent.moment
WHERE
  abroad.sd IS NULL
GROUP BY
  silent.sd,
  silent.phase,
  silent.agent
),
settled AS (
SELECT DISTINCT
  abroad.sd,
  abroad.phase,
  abroad.agent,
  abroad.moment
FROM abroad
JOIN settler
  ON settler.sd = abroad.sd
  AND settler.phase = abroad.phase
  AND settler.agent = abroad.agent
  AND settler.moment <= abroad.moment
),
voiced AS (
SELECT
  silent.sd,
  silent.phase,
  silent.agent,
  silent.moment,
  dated.model,
  ROW_NUMBER() OVER (
    PARTITION BY silent.sd, silent.phase, silent.agent, silent.moment
    ORDER BY dated.moment DESC NULLS LAST, dated.model
  ) AS place
FROM (
  SELECT DISTINCT
    sd,
    phase,
    agent,
    moment,
    assigned
  FROM silent
  WHERE
    assigned % 1000 > 0
) AS silent
JOIN (
  SELECT
    sd,
    phase,
    agent,
    moment,
    model
  FROM dated
  WHERE
    NOT silent AND model % 1000 > 0
) AS dated
  ON dated.sd = silent.sd
  AND dated.phase = silent.phase
  AND dated.agent = silent.agent
  AND dated.moment <= silent.moment
  AND dated.model / 1000 = silent.assigned / 1000
),
first_told AS (
SELECT
  sd,
  phase,
  agent,
  MIN(model) AS model
FROM silent
WHERE
  model % 1000 > 0
GROUP BY
  sd,
  phase,
  agent
),
run AS (
SELECT
  sd,
  phase,
  agent,
  model,
  week,
  moment,
  cause,
  tokens,
  flags + CASE WHEN model / 1000 = assigned / 1000 THEN 64 ELSE 0 END AS flags
FROM dated
WHERE
  NOT silent
UNION ALL
SELECT
  silent.sd,
  silent.phase,
  silent.agent,
  COALESCE(abroad.model, voiced.model, first_told.model, silent.model),
  silent.week,
  silent.moment,
  silent.cause,
  NULL,
  silent.flags + CASE WHEN abroad.model IS NULL THEN 64 ELSE 0 END
FROM silent
LEFT JOIN (
  SELECT
    abroad.*
  FROM abroad
  LEFT JOIN settled
    ON settled.sd = abroad.sd
    AND settled.phase = abroad.phase
    AND settled.agent = abroad.agent
    AND settled.moment = abroad.moment
  WHERE
    abroad.place = 1 AND settled.sd IS NULL
) AS abroad
  ON abroad.sd = silent.sd
  AND abroad.phase = silent.phase
  AND abroad.agent = silent.agent
  AND abroad.moment = silent.moment
LEFT JOIN (
  SELECT
    *
  FROM voiced
  WHERE
    place = 1
) AS voiced
  ON voiced.sd = silent.sd
  AND voiced.phase = silent.phase
  AND voiced.agent = silent.agent
  AND voiced.moment = silent.moment
LEFT JOIN first_told
  ON first_told.sd = silent.sd AND first_told.phase = silent.phase AND first_told.agent = silent.agent
),
counted AS (
SELECT
  sd,
  phase,
  agent,
  model,
  MIN(week) AS week,
  MIN(moment) AS moment,
  BIT_OR(flags) AS flags,
  MIN(week) FILTER(WHERE
    (
      flags & 2
    ) > 0) AS spoke,
  MIN(week) FILTER(WHERE
    (
      flags & 4
    ) > 0) AS told,
  MIN(week) FILTER(WHERE
    (
      flags & 8
    ) > 0) AS told_any,
  MIN(week) FILTER(WHERE
    (
      flags & 20
    ) > 0) AS told_trouble,
  SUM(tokens) AS tokens
FROM run
GROUP BY
  sd,
  phase,
  agent,
  model
),
known AS (
SELECT DISTINCT
  sd
FROM entry
WHERE
  NOT is_rework AND sd IN (
    SELECT
      sd
    FROM counted
    WHERE
      (
        flags & 3
      ) = 2
  )
),
term AS (
SELECT
  phase,
  agent,
  model / 1000 AS rung,
  start,
  since,
  ended,
  LEAD(since, 1, 9223372036854775807) OVER (PARTITION BY phase, agent, model ORDER BY since) AS until
FROM (
  SELECT DISTINCT
    phase,
    agent,
    model,
    start,
    since,
    until AS ended
  FROM reign
) AS distinct_reign
),
unit AS (
SELECT
  counted.sd,
  counted.phase,
  counted.agent,
  counted.model,
  counted.week,
  term.start,
  counted.moment,
  counted.tokens,
  (
    counted.flags & 3
  ) = 0 AS assumed,
  (
    counted.flags & 3
  ) = 2 AND known.sd IS NULL AS unlogged,
  (
    counted.flags & 4
  ) > 0 AS rework,
  (
    counted.flags & 8
  ) > 0 AS raw_rework,
  (
    counted.flags & 16
  ) > 0 AS issue,
  (
    counted.flags & 64
  ) > 0 AS home,
  $13 OR (
    counted.flags & 2
  ) > 0 AS counts,
  COALESCE(counted.moment < term.ended, FALSE) AS reigning,
  counted.spoke,
  counted.told,
  counted.told_any,
  counted.told_trouble
FROM counted
LEFT JOIN known
  ON known.sd = counted.sd
LEFT JOIN term
  ON term.phase = counted.phase
  AND term.agent = counted.agent
  AND term.rung = counted.model / 1000
  AND counted.moment >= term.since
  AND counted.moment < term.until
),
at_home AS (
SELECT
  sd,
  phase,
  agent,
  model / 1000 AS rung,
  week
FROM unit
WHERE
  home AND model % 1000 = 0
UNION ALL
SELECT DISTINCT
  sd,
  phase,
  agent,
  model / 1000,
  week
FROM unit
WHERE
  home AND model % 1000 > 0
),
away AS (
SELECT
  unit.week,
  unit.sd,
  unit.phase,
  unit.agent,
  unit.model,
  unit.start,
  unit.counts,
  ever.sd IS NULL AS drifted,
  NOT here.sd IS NULL AS here
FROM unit
LEFT JOIN (
  SELECT
    sd,
    phase,
    agent
  FROM unit
  WHERE
    home AND model % 1000 = 0
  UNION ALL
  SELECT DISTINCT
    sd,
    phase,
    agent
  FROM unit
  WHERE
    home AND model % 1000 > 0
) AS ever
  ON ever.sd = unit.sd AND ever.phase = unit.phase AND ever.agent = unit.agent
LEFT JOIN at_home AS here
  ON here.sd = unit.sd AND here.phase = unit.phase AND here.agent = unit.agent AND here.week = unit.week
WHERE
  NOT unit.home
),
blame AS (
SELECT
  sd,
  phase,
  agent,
  model,
  cause,
  MAX(flags & 4) > 0 AS counted
FROM run
WHERE
  NOT cause IS NULL AND (
    flags & 32
  ) > 0
GROUP BY
  sd,
  phase,
  agent,
  model,
  cause
),
shown AS (
SELECT
  *
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY phase, agent, model, start, raw_rework ORDER BY sd) AS place
  FROM unit
  WHERE
    week = $8 AND counts
) AS placed
WHERE
  place <= $12
),
told_apart AS (
SELECT
  *
FROM unit
WHERE
  reigning AND counts AND week > $9 - 104
),
walk AS (
SELECT
  run.sd,
  run.phase,
  run.agent,
  run.week,
  run.moment,
  ROW_NUMBER() OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS place,
  LEAD(run.moment) OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS next_moment,
  LEAD(run.week) OVER (PARTITION BY run.sd, run.phase, run.agent ORDER BY run.moment) AS next_week
FROM (
  SELECT DISTINCT
    run.sd,
    run.phase,
    run.agent,
    run.week,
    run.moment
  FROM run
  WHERE
    run.sd IN (
      SELECT
        sd
      FROM (
        SELECT
          sd,
          MAX(moment) - MIN(moment) AS long
        FROM entry
        GROUP BY
          sd
      ) AS span
      WHERE
        long > $14
    )
) AS run
),
reworked AS (
SELECT
  sd,
  phase,
  agent,
  model,
  MAX(week) AS week
FROM run
WHERE
  (
    flags & 8
  ) > 0
GROUP BY
  sd,
  phase,
  agent,
  model
),
wanderer AS (
SELECT DISTINCT
  sd,
  phase,
  agent
FROM unit
WHERE
  NOT home OR model % 1000 > 0
),
walked AS (
SELECT
  unit.phase,
  unit.agent,
  unit.model,
  unit.week,
  unit.start,
  unit.rework,
  unit.counts,
  unit.tokens,
  ROW_NUMBER() OVER first_to_last AS place,
  FIRST_VALUE(unit.model) OVER first_to_last AS first_model,
  FIRST_VALUE(unit.week) OVER first_to_last AS first_week,
  FIRST_VALUE(unit.start) OVER first_to_last AS first_start,
  FIRST_VALUE(unit.counts) OVER first_to_last AS evident,
  MAX(CASE WHEN unit.model / 1000 >= $10 AND NOT unit.tokens IS NULL THEN 1 ELSE 0 END) OVER (PARTITION BY unit.sd, unit.phase, unit.agent) AS off_ladder,
  COUNT(unit.tokens) OVER (PARTITION BY unit.sd, unit.phase, unit.agent) AS told
FROM unit
JOIN wanderer
  ON wanderer.sd = unit.sd AND wanderer.phase = unit.phase AND wanderer.agent = unit.agent
WINDOW first_to_last AS (PARTITION BY unit.sd, unit.phase, unit.agent ORDER BY unit.moment, unit.model)
),
purse AS (
SELECT
  phase,
  agent,
  first_model / 1000 AS first_rung,
  first_week,
  first_start,
  place = 1 AS first,
  model / 1000 AS rung,
  rework,
  tokens
FROM walked
WHERE
  evident
  AND told > 0
  AND off_ladder = 0
  AND first_model / 1000 < $10
  AND (
    place = 1 OR NOT tokens IS NULL
  )
UNION ALL
SELECT
  unit.phase,
  unit.agent,
  unit.model / 1000,
  unit.week,
  unit.start,
  TRUE,
  unit.model / 1000,
  unit.rework,
  unit.tokens
FROM unit
LEFT JOIN wanderer
  ON wanderer.sd = unit.sd AND wanderer.phase = unit.phase AND wanderer.agent = unit.agent
WHERE
  wanderer.sd IS NULL AND unit.counts AND NOT unit.tokens IS NULL AND unit.model / 1000 < $10
),
spent AS (
SELECT
  stated.week,
  stated.sd,
  stated.phase,
  stated.tokens AS stated,
  COALESCE(summed.tokens, 0) AS summed
FROM (
  SELECT
    week,
    sd,
    phase,
    SUM(tokens) AS tokens
  FROM entry
  WHERE
    NOT is_rework AND agent IS NULL
  GROUP BY
    week,
    sd,
    phase
) AS stated
LEFT JOIN (
  SELECT
    week,
    sd,
    phase,
    SUM(tokens) AS tokens
  FROM entry
  WHERE
    NOT is_rework AND NOT agent IS NULL AND sd IN (
      SELECT
        sd
      FROM unnamed
    )
  GROUP BY
    week,
    sd,
    phase
) AS summed
  ON summed.week = stated.week AND summed.sd = stated.sd AND summed.phase = stated.phase
)
SELECT
  'cell' AS record,
  week,
  phase,
  agent,
  model,
  start,
  CAST(NULL AS TEXT) AS sd,
  CAST(NULL AS BIGINT) AS cause,
  COUNT(*) FILTER(WHERE
    counts) AS sds,
  COUNT(*) FILTER(WHERE
    rework) AS rework,
  COUNT(*) FILTER(WHERE
    raw_rework) AS raw_rework,
  COUNT(*) FILTER(WHERE
    rework OR issue) AS troubled,
  COUNT(*) FILTER(WHERE
    assumed AND counts) AS assumed,
  COUNT(*) FILTER(WHERE
    unlogged) AS unlogged,
  CAST(NULL AS BIGINT) AS drifted,
  COUNT(*) FILTER(WHERE
    counts AND reigning) AS tokens,
  COUNT(*) FILTER(WHERE
    rework AND reigning) AS summed
FROM unit
GROUP BY
  week,
  phase,
  agent,
  model,
  start
UNION ALL
SELECT
  'late',
  week,
  phase,
  agent,
  model,
  start,
  NULL,
  NULL,
  known,
  COUNT(*) FILTER(WHERE
    bad),
  COUNT(*) FILTER(WHERE
    NOT bad),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT
    week,
    phase,
    agent,
    model,
    start,
    told AS known,
    TRUE AS bad
  FROM unit
  WHERE
    reigning AND told > week
  UNION ALL
  SELECT
    week,
    phase,
    agent,
    model,
    start,
    spoke,
    FALSE
  FROM unit
  WHERE
    reigning AND NOT $13 AND spoke > week
) AS later
GROUP BY
  week,
  phase,
  agent,
  model,
  start,
  known
UNION ALL
SELECT
  'home',
  week,
  phase,
  agent,
  NULL,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM at_home
GROUP BY
  week,
  phase,
  agent
UNION ALL
SELECT
  'away',
  week,
  phase,
  agent,
  model,
  start,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL
FROM away
WHERE
  drifted AND counts
GROUP BY
  week,
  phase,
  agent,
  model,
  start
UNION ALL
SELECT
  'away sds',
  week,
  phase,
  agent,
  model,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  COUNT(*) FILTER(WHERE
    drifted),
  NULL,
  NULL
FROM (
  SELECT
    week,
    phase,
    agent,
    sd,
    MIN(model) AS model,
    BOOL_AND(drifted) AS drifted
  FROM away
  WHERE
    NOT here
  GROUP BY
    week,
    phase,
    agent,
    sd
) AS strayed
GROUP BY
  week,
  phase,
  agent,
  model
UNION ALL
SELECT
  'escalated',
  week,
  phase,
  agent,
  rung * 1000,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT DISTINCT
    at_home.week,
    at_home.phase,
    at_home.agent,
    at_home.rung,
    at_home.sd
  FROM away
  JOIN at_home
    ON at_home.sd = away.sd AND at_home.phase = away.phase AND at_home.agent = away.agent
  WHERE
    away.model / 1000 > at_home.rung AND away.model / 1000 < $10
) AS redone
GROUP BY
  week,
  phase,
  agent,
  rung
UNION ALL
SELECT
  'version',
  unit.week,
  unit.phase,
  unit.agent,
  later.model,
  unit.start,
  NULL,
  NULL,
  COUNT(DISTINCT unit.sd),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM unit
JOIN (
  SELECT DISTINCT
    phase,
    agent,
    model
  FROM unit
  WHERE
    model % 1000 > 1
) AS later
  ON later.phase = unit.phase
  AND later.agent = unit.agent
  AND later.model / 1000 = unit.model / 1000
  AND unit.model >= later.model
GROUP BY
  unit.week,
  unit.phase,
  unit.agent,
  later.model,
  unit.start
UNION ALL
SELECT
  'id',
  week,
  phase,
  agent,
  model,
  NULL,
  NULL,
  NULL,
  id,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT DISTINCT
    week,
    phase,
    agent,
    model,
    id
  FROM entry
  WHERE
    NOT agent IS NULL AND NOT id IS NULL
) AS named
UNION ALL
SELECT
  'cause',
  unit.week,
  unit.phase,
  unit.agent,
  unit.model,
  unit.start,
  NULL,
  blame.cause,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM unit
JOIN blame
  ON blame.sd = unit.sd
  AND blame.phase = unit.phase
  AND blame.agent = unit.agent
  AND blame.model = unit.model
WHERE
  blame.counted
GROUP BY
  unit.week,
  unit.phase,
  unit.agent,
  unit.model,
  unit.start,
  blame.cause
UNION ALL
SELECT
  'run',
  week,
  phase,
  agent,
  model,
  start,
  sd.said,
  NULL,
  1,
  CAST(rework AS INT),
  CAST(raw_rework AS INT),
  CAST(issue AS INT),
  CAST(assumed AS INT),
  CAST(unlogged AS INT),
  NULL,
  NULL,
  NULL
FROM shown
JOIN sd
  ON sd.number = shown.sd
UNION ALL
SELECT
  'units',
  week,
  phase,
  agent,
  model,
  start,
  STRING_AGG(CAST(sd AS TEXT), ','),
  NULL,
  COUNT(*),
  CAST(rework AS INT),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM told_apart
GROUP BY
  week,
  phase,
  agent,
  model,
  start,
  rework
UNION ALL
SELECT
  'run cause',
  shown.week,
  shown.phase,
  shown.agent,
  shown.model,
  shown.start,
  sd.said,
  blame.cause,
  1,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM shown
JOIN sd
  ON sd.number = shown.sd
JOIN blame
  ON blame.sd = shown.sd
  AND blame.phase = shown.phase
  AND blame.agent = shown.agent
  AND blame.model = shown.model
UNION ALL
SELECT
  'again',
  week,
  phase,
  agent,
  NULL,
  NULL,
  sd.said,
  NULL,
  next_week,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM walk
JOIN sd
  ON sd.number = walk.sd
WHERE
  place = 1 AND next_moment - moment > $14
UNION ALL
SELECT
  'reworked again',
  unit.week,
  unit.phase,
  unit.agent,
  unit.model,
  unit.start,
  sd.said,
  NULL,
  reworked.week,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM unit
JOIN sd
  ON sd.number = unit.sd
JOIN reworked
  ON reworked.sd = unit.sd
  AND reworked.phase = unit.phase
  AND reworked.agent = unit.agent
  AND reworked.model = unit.model
WHERE
  reworked.week > unit.week AND unit.week <= $15
UNION ALL
SELECT
  'outcomes',
  week,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT DISTINCT
    week
  FROM entry
  WHERE
    is_rework
) AS reported_week
UNION ALL
SELECT
  'usage',
  week,
  phase,
  agent,
  model,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  SUM(tokens),
  NULL
FROM (
  SELECT
    week,
    phase,
    agent,
    model,
    tokens
  FROM entry
  WHERE
    NOT is_rework AND NOT agent IS NULL
  UNION ALL
  SELECT
    week,
    phase,
    NULL,
    NULL,
    stated - summed
  FROM spent
  WHERE
    stated > summed
) AS used
GROUP BY
  week,
  phase,
  agent,
  model
HAVING
  SUM(tokens) > 0
UNION ALL
SELECT
  'cost',
  first_week,
  phase,
  agent,
  first_rung * 1000,
  first_start,
  NULL,
  NULL,
  COUNT(*) FILTER(WHERE
    first),
  COUNT(*) FILTER(WHERE
    first AND rework),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  SUM(tokens),
  rung
FROM purse
GROUP BY
  first_week,
  phase,
  agent,
  first_rung,
  first_start,
  rung
UNION ALL
SELECT
  'mismatch',
  week,
  phase,
  NULL,
  NULL,
  NULL,
  sd.said,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  stated,
  summed
FROM spent
JOIN sd
  ON sd.number = spent.sd
WHERE
  stated < summed
UNION ALL
SELECT
  'contradicted',
  unit.week,
  unit.phase,
  unit.agent,
  NULL,
  NULL,
  NULL,
  NULL,
  COUNT(DISTINCT unit.sd),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM spent
JOIN unit
  ON unit.week = spent.week AND unit.sd = spent.sd AND unit.phase = spent.phase
WHERE
  spent.stated < spent.summed AND spent.week >= $9
GROUP BY
  unit.week,
  unit.phase,
  unit.agent
UNION ALL
SELECT
  'reported',
  week,
  phase,
  agent,
  NULL,
  NULL,
  NULL,
  cause,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM entry
WHERE
  week = $8 AND NOT cause IS NULL AND (
    flags & 32
  ) > 0
GROUP BY
  week,
  phase,
  agent,
  cause
UNION ALL
SELECT
  'off ladder',
  week,
  phase,
  agent,
  model,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT DISTINCT
    week,
    phase,
    agent,
    model
  FROM run
  WHERE
    week = $8 AND model / 1000 >= $10
) AS odd
UNION ALL
SELECT
  'rows',
  week,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  MAX(moment),
  NULL
FROM entry
WHERE
  week >= $9
GROUP BY
  week
UNION ALL
SELECT
  'since',
  unit.week,
  unit.phase,
  unit.agent,
  unit.model,
  unit.start,
  CAST(told_apart.sd AS TEXT),
  NULL,
  CASE WHEN NOT $13 THEN unit.spoke END,
  unit.told,
  unit.told_any,
  unit.told_trouble,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT
    *
  FROM unit
  WHERE
    $9 < $8
    AND counts
    AND GREATEST(told, told_any, told_trouble, CASE WHEN NOT $13 THEN spoke END) > GREATEST(week, $9)
) AS unit
LEFT JOIN told_apart
  ON told_apart.sd = unit.sd
  AND told_apart.phase = unit.phase
  AND told_apart.agent = unit.agent
  AND told_apart.model = unit.model
UNION ALL
SELECT
  'home since',
  strayed.week,
  strayed.phase,
  strayed.agent,
  strayed.model,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT
    week,
    phase,
    agent,
    sd,
    MIN(model) AS model
  FROM away
  WHERE
    $9 < $8 AND NOT here AND NOT drifted AND week >= $9
  GROUP BY
    week,
    phase,
    agent,
    sd
) AS strayed
LEFT JOIN (
  SELECT
    sd,
    phase,
    agent,
    MIN(week) AS week
  FROM at_home
  GROUP BY
    sd,
    phase,
    agent
) AS earlier
  ON earlier.sd = strayed.sd
  AND earlier.phase = strayed.phase
  AND earlier.agent = strayed.agent
  AND earlier.week <= strayed.week
WHERE
  earlier.sd IS NULL
GROUP BY
  strayed.week,
  strayed.phase,
  strayed.agent,
  strayed.model
UNION ALL
SELECT
  'escalated since',
  week,
  phase,
  agent,
  rung * 1000,
  NULL,
  NULL,
  NULL,
  COUNT(*),
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM (
  SELECT
    at_home.week,
    at_home.phase,
    at_home.agent,
    at_home.rung,
    at_home.sd
  FROM away
  JOIN at_home
    ON at_home.sd = away.sd AND at_home.phase = away.phase AND at_home.agent = away.agent
  WHERE
    $9 < $8 AND at_home.week >= $9 AND away.model / 1000 > at_home.rung AND away.model / 1000 < $10
  GROUP BY
    at_home.week,
    at_home.phase,
    at_home.agent,
    at_home.rung,
    at_home.sd
  HAVING
    MIN(away.week) > at_home.week
) AS redone_since
GROUP BY
  week,
  phase,
  agent,
  rung
;
