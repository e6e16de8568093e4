"""Turn "this lead gets this e-mail" into the bytes of one message.

Role: Liquid templates, signed tokens, tracked links, the plain-text part, the MIME skeleton, the
spelling of addresses and domains; and proofreading what authors write.
Invariant: pure: the same input gives the same bytes. Whatever the attributes of a contact contain,
they add no header, no recipient and no unsigned redirect to a message.
It must not know stores, queues, clocks or mail servers.
"""
