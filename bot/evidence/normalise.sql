-- The rows of the table `line` as the table `entry`: its week found, its model placed on the ladder.
-- A table of its own, so that DuckDB plans the counting by its true size.
--
-- A model is its rung's name or, off the ladder, its id as logged; the two never meet, as a rung's name
-- always names the rung. Times are microseconds since the epoch.
--
-- $weeks: {label, start, end}, back to back; $models: {id, model} of every id in `line`; both JSON lists
-- $ignored: causes that do not count against the model
CREATE OR REPLACE TEMP TABLE entry AS
WITH
week AS (
    SELECT unnest(from_json($weeks, '[{"label": "VARCHAR", "start": "BIGINT", "end": "BIGINT"}]'),
                  recursive := true)
),
day AS (
    -- Weeks by the day, so that finding a row's week is an equality first.
    SELECT label, start, "end",
           unnest(range(start // 86400000000, ("end" - 1) // 86400000000 + 1)) AS day
    FROM week
),
model AS (
    SELECT unnest(from_json($models, '[{"id": "VARCHAR", "model": "VARCHAR"}]'), recursive := true)
)
SELECT line.* EXCLUDE (model), model.model, day.label AS week,
       cause IS NULL OR NOT list_contains($ignored, cause) AS counts
FROM line
JOIN day ON moment // 86400000000 = day.day AND moment >= day.start AND moment < day."end"
LEFT JOIN model ON line.model = model.id
