"""One constant page by FastAPI and uvicorn, and nothing else: what the pages are compared with.

python -m dolbom.bench.bare_page         prints its address; ends with its parent
"""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from dolbom.web.doors import open_door

PAGE = "<!doctype html><title>bare</title><p>" + "x" * 10_000


def main() -> None:
    """Entry point."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(PAGE)

    door = open_door("127.0.0.1", 0, allow_network=False)
    print(f"http://127.0.0.1:{door.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run(sockets=[door])


if __name__ == "__main__":
    main()
