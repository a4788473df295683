"""The verbs: the only writers of pledge's store. Pages, JSON, consumers and clock all come through here.

pledges    make one, attach an address, withdraw, answer, postpone
contacts   what notify says became of an address
counting   count each message once, fold the rows into totals, rebuild
publishing put the breakdowns through the disclosure rule and publish them, hourly
posters    poster codes
figures    what the campaign team types: reach, tallies, paper; voided and corrected
striking   batches of pledges struck out as abuse
pausing    the staff's pause
report     the weekly table
keeping    what is forgotten, and when
"""
