"""Headers that keep a page to itself: nothing from elsewhere, in no frame, in no cache."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: Flask) -> None:
    """Add the headers to each response; HSTS in production only, where TLS is certain."""
    in_production = app.config["MODE"] == "production"

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if in_production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if (request.endpoint or "").rpartition(".")[2] != "static":
            response.headers["Cache-Control"] = "private, no-store"
        return response
