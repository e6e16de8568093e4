"""The API application behind uvicorn, in a process of its own: `python -m bench.speed.backend`."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial

import httpx

from functions.api.app import create_app
from functions.runtime import Composition
from local.gateway import make_server
from local.team.settings import TeamSettings
from local.team.wiring import compose
from tests.servers.child import HOST, Child, free_port
from tests.team.stack import ROOT


class Backend(Child):
    name = "backend"

    def __init__(self, given: Mapping[str, str], token: str) -> None:
        super().__init__()
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._environment = {**given, "API_TOKEN": token, "PYTHONPATH": str(ROOT)}

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "bench.speed.backend", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return self._environment

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


def main() -> None:
    settings = TeamSettings.from_environment()
    tokens = settings.api_tokens
    app = create_app(Composition(partial(compose, settings)), lambda: tokens)
    make_server(app, host=HOST, port=int(sys.argv[1]), tokens=tokens).run()


if __name__ == "__main__":
    main()
