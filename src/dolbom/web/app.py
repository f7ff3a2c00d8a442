"""The robot's own small page: how it stands, what was said, an answer, a call for help, the camera's switch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import uvicorn
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dolbom.i18n import LANGUAGES, catalogue
from dolbom.plain import plain
from dolbom.web.board import Board
from dolbom.web.doors import LOOPBACK, Doors, open_door
from dolbom.web.pictures import find_picture
from dolbom.web.rows import row

HERE = Path(__file__).parent


class WebParameters(BaseModel):
    """Where the robot's page is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to bind; only loopback, unless allow_network.")
    port: int = Field(8090, ge=0, le=65535, description="TCP port; 0: any free one.")
    allow_network: bool = Field(
        False, description="Open the page to the network: it has no login, whoever reaches it can answer and call."
    )
    names: list[str] = Field(
        default_factory=list, description="More host names under which the page may be asked for (with allow_network)."
    )


class Robot(Protocol):
    """What the page can do to the robot. Each may be called from any thread and raises `NotNowError`."""

    def answer(self, text: str, lang: str) -> None:
        """The person said this."""
        ...

    def call(self) -> None:
        """The person holds the call button."""
        ...

    def switch_camera(self, on: bool) -> None:
        """Switches the camera; returns when it is switched."""
        ...


class NotNowError(Exception):
    """The robot cannot do that now; the message is the key of a phrase in `locale/<lang>/web.yaml` (errors)."""


class Answer(BaseModel):
    """What was typed or chosen."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, AfterValidator(plain), Field(min_length=1, max_length=500)]
    lang: Literal["ko", "en"] = "ko"


class Switch(BaseModel):
    """How the camera shall be."""

    model_config = ConfigDict(extra="forbid")

    on: bool


def create_app(board: Board, robot: Robot, lang: str = "ko", names: tuple[str, ...] = LOOPBACK) -> FastAPI:
    """The web application.

    Args:
        board: what it shows.
        robot: what it works on.
        lang: language of the page unless it is asked for in another (`?lang=en`).
        names: host names under which it may be asked for.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    templates = Jinja2Templates(HERE / "templates")
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")

    @app.get("/")
    def page(request: Request, wanted: Annotated[str, Query(alias="lang")] = "") -> HTMLResponse:
        chosen = wanted if wanted in LANGUAGES else lang
        other = next(one for one in LANGUAGES if one != chosen)
        words = catalogue(chosen, "web")
        shown = {"words": words, "lang": chosen, "other": other, "state": board.state(), "lines": board.lines()}
        return templates.TemplateResponse(request, "page.html", shown)

    @app.get("/state")
    def state() -> dict[str, str]:
        return board.state()

    @app.get("/live")
    async def live() -> StreamingResponse:
        return StreamingResponse(board.follow(), media_type="text/event-stream")

    @app.get("/pictures/{name}")
    def picture(name: str) -> Response:
        if (drawn := row(name)) is not None:
            return Response(drawn, media_type="image/svg+xml")
        found = find_picture(name)
        if found is None:
            raise HTTPException(404, "no picture of that name")
        return FileResponse(found[0], media_type=found[1])

    # Not coroutines: each waits for the robot, in a thread of its own.
    @app.post("/answer", status_code=204)
    def answer(given: Answer) -> None:
        robot.answer(given.text, given.lang)

    @app.post("/call", status_code=204)
    def call() -> None:
        robot.call()

    @app.post("/camera", status_code=204)
    def camera(wanted: Switch) -> None:
        robot.switch_camera(wanted.on)

    @app.exception_handler(NotNowError)
    async def not_now(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 503)

    @app.exception_handler(RequestValidationError)
    async def not_read(_: Request, __: Exception) -> JSONResponse:
        # What was sent is not sent back: not everything that can be read can be written.
        return JSONResponse({"error": "failed"}, 422)

    app.add_middleware(Doors, names=names)
    return app


class PageServer:
    """Serves the page until it is stopped.

    Raises:
        UserError: when made, if its place cannot be had.
    """

    def __init__(self, parameters: WebParameters, board: Board, robot: Robot, lang: str = "ko") -> None:
        self._door = open_door(parameters.host, parameters.port, allow_network=parameters.allow_network)
        names = (*LOOPBACK, parameters.host, *parameters.names) if parameters.allow_network else LOOPBACK
        config: dict[str, Any] = {
            "log_config": None,
            "access_log": False,
            "timeout_graceful_shutdown": 1,
            "limit_concurrency": 200,
        }
        self._board = board
        self._server = uvicorn.Server(
            uvicorn.Config(create_app(board, robot, lang, tuple(names)), lifespan="off", **config)
        )
        host, port = self._door.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        """Where the page is."""

    def run(self, stopping: threading.Event) -> None:
        """Serves until `stopping` is set; in a thread of its own."""
        threading.Thread(target=self._stop_after, args=(stopping,), daemon=True).start()
        self._server.run(sockets=[self._door])

    def _stop_after(self, stopping: threading.Event) -> None:
        stopping.wait()
        self._board.close()
        self._server.should_exit = True
