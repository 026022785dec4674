"""The life of the calibration pull request: what becomes of it, decided and carried out."""
