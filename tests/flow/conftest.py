"""Hypothesis on machines of any speed: no limit of time for one example."""

from hypothesis import HealthCheck, settings

settings.register_profile("flow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flow")
