-- Makes the table `entry` of `spelled`, its SDs as numbers that rise with their names: they are grouped and
-- joined a dozen times, and a number costs a fraction of a name. `sd` has the names (`said` → number).
CREATE OR REPLACE TEMP TABLE sd AS
SELECT said, row_number() OVER (ORDER BY said)::INTEGER AS number
FROM (SELECT DISTINCT sd AS said FROM spelled) AS named;
CREATE OR REPLACE TEMP TABLE entry AS
SELECT is_rework, week, moment, sd.number AS sd, phase, agent, tokens, model, id, cause, flags
FROM spelled JOIN sd ON sd.said = spelled.sd;
DROP TABLE spelled;
