"""The counting query on an engine past one machine: the same records as the evidence room's."""
