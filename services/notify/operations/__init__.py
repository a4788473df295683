"""The verbs: the only writers of notify's store. Pages, consumers, clock and sender all come through here.

contacts   an address offered, confirmed, refused, stopped, expired, forgotten
organisers the refs by which an address posts for groups
boxes      what is sealed to notify, opened to send or to show
promises   what was heard of the pledge behind a contact
posts      what was heard of groups and posts, and whom it is told to
notes      what events has us tell one contact
checking   telling staff that something waits for them
ledger     what is planned, claimed, sent, or not, and why
erasing    everything of an address, here and with whoever was given a ref of it
my_data    what we hold of one person and what we sent, for themselves
nudges     plan the nudges that are due
sending    one mail: decide, write, hand over, record
contact_mails, data_mails, organiser_mails, sign_in_mails, staff_mails   what is particular to the mails to each
staff      who is invited, given roles, removed
sessions   signing in by a mailed link, and the end of it
pausing    an operator holds all mail back for a while
keeping    what is forgotten, and when
examine    is every address and every mail where it should be?
"""
