"""Variables of .env that docker compose reads for itself and for the services that are not ours."""

from collections.abc import Sequence

from functions.declaration import Declaration, Group

COMPOSE_VARIABLES: Sequence[Declaration] = (
    Declaration(
        "COMPOSE_PROFILES",
        "`inbox` starts a mail server that accepts all mail and delivers none; read the mail at "
        "http://localhost:3000/app/inbox. `receiver` takes bounces and complaints on port 25, "
        "`mailbox` reads them from the mailbox IMAP_URI; both need BOUNCE_DOMAIN.",
        Group.RUNS,
        in_env=True,
        empty="no inbox; SMTP_URI must name your mail server.",
        value="inbox",
    ),
    Declaration(
        "COMPOSE_REMOVE_ORPHANS",
        "`true`: `docker compose up` removes containers of services that the files no longer have, "
        "such as the inbox in production.",
        Group.RUNS,
        in_env=True,
        value="true",
    ),
    Declaration("WORKERS", "How many workers run.", Group.RUNS, in_env=True, empty="1."),
    Declaration(
        "DOMAIN",
        "Production only (compose.prod.yml): the domain name that TLS certificates are issued for.",
        Group.MAIL,
        in_env=True,
    ),
    Declaration(
        "MONGO_ROOT_USER",
        "MongoDB's administrator.",
        Group.SECRETS,
        more="Names and passwords of MongoDB are taken at the first start only; docs/compose.md "
        "says how to change them later.",
        in_env=True,
        value="root",
    ),
    Declaration(
        "MONGO_ROOT_PASSWORD", "Password of MongoDB's administrator.", Group.SECRETS, in_env=True
    ),
    Declaration(
        "MONGO_USER",
        "MongoDB's user for the product.",
        Group.SECRETS,
        in_env=True,
        value="emailbuilder",
    ),
    Declaration("MONGO_PASSWORD", "Password of that user.", Group.SECRETS, in_env=True),
    Declaration(
        "MONGO_REPLICA_KEY",
        "Key with which the members of MongoDB's replica set authenticate each other.",
        Group.SECRETS,
        in_env=True,
    ),
    Declaration(
        "RABBITMQ_USER",
        "User of RabbitMQ and of its management page at http://localhost:15672.",
        Group.SECRETS,
        more="Read only at the first start.",
        in_env=True,
        value="emailbuilder",
    ),
    Declaration("RABBITMQ_PASSWORD", "Password of that user.", Group.SECRETS, in_env=True),
    Declaration(
        "REDIS_PASSWORD",
        "Password of Redis; it may be changed at any time.",
        Group.SECRETS,
        in_env=True,
    ),
)
