"""The flow core: what a lead does next. Pure: no input or output, no clock, no chance."""
