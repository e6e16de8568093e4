"""The cloud on one machine: template.yaml's queues, mappings and schedule, emulated.

`Cloud` creates the stack of template.yaml in moto, polls its event-source mappings, ticks its
schedules, and calls the deployed handlers with the events that Lambda would send them.
"""
