"""Which model each (phase, agent) cell is given, and which gates hold. Pure: text and values in, values out.

Light on purpose: `calibration-bot model` imports this room and nothing heavier than `tomllib`
(only `edit`, which the lookup never imports, stands on tomlkit).
"""
