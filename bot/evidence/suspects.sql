-- Files of the table `line` that hold a bad line, or a row whose id another row of that log has with other
-- content. Which of two such rows came first is not asked here: the strict reader decides.
WITH
repeated AS (
    SELECT is_rework, id FROM line
    WHERE state = 'good' AND id IS NOT NULL
    GROUP BY is_rework, id HAVING count(*) > 1
),
content AS (
    SELECT DISTINCT is_rework, id, moment, sd, phase, agent, tokens, rework, issue, model, cause, note
    FROM line JOIN repeated USING (is_rework, id)
    WHERE state = 'good'
),
conflict AS (
    SELECT is_rework, id FROM content GROUP BY is_rework, id HAVING count(*) > 1
)
SELECT line.file, count(*) FILTER (WHERE line.state = 'bad') AS bad_lines
FROM line LEFT JOIN conflict USING (is_rework, id)
GROUP BY line.file
HAVING bad_lines > 0 OR bool_or(line.state = 'good' AND conflict.id IS NOT NULL)
