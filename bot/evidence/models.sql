-- Every model id the good rows name.
SELECT DISTINCT model FROM line WHERE state = 'good' AND model IS NOT NULL
