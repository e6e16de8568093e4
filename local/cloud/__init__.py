"""The cloud on one machine: template.yaml's queues, mappings and schedule, emulated.

`Cloud` creates the stack of template.yaml in moto, polls its event-source mappings and ticks
its schedules, and calls the very handlers that are deployed with the very events that Lambda
would send them.
"""
