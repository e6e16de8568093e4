"""From "this lead gets this e-mail" to the bytes of one message.

Role: Liquid templates, signed tokens, tracked links, the plain-text part, the MIME skeleton.
Invariant: pure, the same input gives the same bytes; and whatever a contact's values contain, a
message gains no header, no recipient and no unsigned redirect from them.
It must not know stores, queues, clocks or mail servers.
"""
