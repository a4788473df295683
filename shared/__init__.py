"""What the three services share, in layers; each folder imports only those below it (held by import-linter).

laptop > web > privacy > security > messaging > store > reference > runtime
"""
