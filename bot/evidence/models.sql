-- Every model id the good rows name.
SELECT DISTINCT model FROM line WHERE model IS NOT NULL
