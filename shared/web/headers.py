"""The security headers of every page, whoever serves it: an app or the front door by itself."""

_NOTHING_BUT = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "connect-src": "'none'",
    "manifest-src": "'self'",
}
PAGE_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _NOTHING_BUT.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no-referrer would make browsers send `Origin: null`
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
