"""What a browser may do with our pages: run and style with what is in them, send forms here, and nothing else."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, g


def with_nonce() -> str:
    """The word by which the browser knows the script and the style of this answer as ours."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def protect(pages: Blueprint) -> None:
    """Add the headers to every answer of the pages."""
    pages.after_request(_restrict)


def _restrict(response: Response) -> Response:
    ours = f"'nonce-{g.nonce}'" if "nonce" in g else "'none'"
    policy = (
        "default-src 'none'",
        f"script-src {ours}",
        f"style-src {ours}",
        "img-src data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    response.headers["Content-Security-Policy"] = "; ".join(policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
