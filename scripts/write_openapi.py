"""Write the API's description, for the interface's types: `scripts/write_openapi.py FILE`."""

import json
import sys
from pathlib import Path
from typing import NoReturn

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.flow.model import Flow
from functions.service.services import Services


class _Nothing:
    """Only described, never called."""

    async def services(self) -> Services:
        raise NotImplementedError


def main(path: str) -> NoReturn:
    described = create_app(_Nothing(), lambda: NO_TOKENS).openapi()
    # The API accepts any draft, even a broken one; this describes a valid flow.
    flow = Flow.model_json_schema(ref_template="#/components/schemas/{model}")
    described["components"]["schemas"] |= {**flow.pop("$defs"), "Flow": flow}
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(json.dumps(described, indent=1, sort_keys=True) + "\n")
    sys.exit()


if __name__ == "__main__":
    main(sys.argv[1])
