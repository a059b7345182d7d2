"""Access tokens of an OpenID Connect issuer, with joserfc (``ocrcore[oidc]``)."""
