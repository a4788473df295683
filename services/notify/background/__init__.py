"""What notify's processes behind the pages do, a module each, for each carries only what it uses: the sender alone writes mails
and speaks to a mail server, and it alone speaks to no broker.
"""
