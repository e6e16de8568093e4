"""The system as it is in the cloud, for browser tests: the site of template.yaml before it.

`python -m tests.template.served --port PORT --home FOLDER`: serves by HTTPS until SIGTERM or
SIGINT. The interface is in moto's bucket, the API behind the gateway of `make run`. Other than in
the cloud, the inbox is there as well. API_TOKENS in the environment opens both.
"""

import argparse
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import uvicorn

from functions.hosts import AllowedHosts
from harness.servers.certificate import write_certificate
from harness.servers.child import HOST
from local.cloud.moto_aws import MotoAws
from local.cloud.template import translate
from local.put_up_interface import put_up
from local.settings import EXPORTED_FRONTEND, LocalSettings
from local.system import System
from tests.template.site import Functions, Site
from tests.template.test_template import PARAMETERS, TEMPLATE

API_HOST = "api1234567.execute-api.eu-west-1.amazonaws.com"
BUCKET = "interface"
END_SECONDS_MAX = 5


def serve(port: int, home: Path) -> None:
    url = f"https://{HOST}:{port}"
    settings = LocalSettings.from_environment()
    hosts = settings.allowed_hosts + AllowedHosts.parse(API_HOST)
    settings = settings.model_copy(update={"home": home, "port": 0, "allowed_hosts": hosts})
    with ExitStack() as open_now:
        system = open_now.enter_context(System(settings, public_url=url))
        template = translate(TEMPLATE, PARAMETERS, "eu-west-1")
        functions = open_now.enter_context(Functions(template["Resources"]))
        s3 = MotoAws().session.client("s3")
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        put_up(EXPORTED_FRONTEND, BUCKET, s3)
        site = Site(
            template, functions, s3=s3, bucket=BUCKET, api_url=system.url, api_host=API_HOST
        )
        certificate = home / "certificate.pem"
        write_certificate(certificate)
        config = uvicorn.Config(
            site,
            host=HOST,
            port=port,
            ssl_certfile=certificate,
            lifespan="off",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=END_SECONDS_MAX,
        )
        uvicorn.Server(config).run()


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.template.served", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True, help="folder for its data")
    chosen = parser.parse_args()
    # uvicorn stops on a signal, and then passes it on.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    serve(chosen.port, chosen.home)


if __name__ == "__main__":
    main()
