"""The commands around the HTTP service: serve, keys, webhooks, audit, backup and restore."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from graph_service.cli.options import DEFAULT_STORE, LangOption, Language, Store
from graph_service.desk.base import Desk
from graph_service.messages import BadValue, say

DeskOption = Annotated[
    Path | None,
    typer.Option("--desk", envvar="GRAPH_SERVICE_DESK", help="The service's own database. Default: beside the store."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("serve")(serve)
    for name, text, commands in (
        ("keys", "API keys: add, list, revoke.", (("add", keys_add), ("list", keys_list), ("revoke", keys_revoke))),
        (
            "webhooks",
            "Where changes are pushed to: add, list, remove.",
            (("add", webhooks_add), ("list", webhooks_list), ("remove", webhooks_remove)),
        ),
        (
            "audit",
            "The log of who asked what about whom.",
            (("verify", audit_verify), ("head", audit_head), ("looked-at", audit_looked_at)),
        ),
    ):
        group = typer.Typer(help=text, no_args_is_help=True)
        for command, how in commands:
            group.command(command)(how)
        app.add_typer(group, name=name)
    app.command("backup")(backup)
    app.command("restore")(restore)


def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: 8000.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes. Default: 1.")] = None,
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Answer over HTTP, until Ctrl-C.  Without any key only this machine can ask."""
    from graph_service.api.serving import serve as run  # the web framework loads when it is used
    from graph_service.api.settings import settings_from

    settings = settings_from(os.environ, host=host, port=port, workers=workers, store=store, desk=desk)

    def told(where: str, at: int, safe: bool) -> None:
        name = f"[{where}]" if ":" in where else where
        code = "serve_guarded" if safe else "serve_local"
        print(say(code, lang.lang, address=f"http://{name}:{at}"), file=sys.stderr, flush=True)  # noqa: T201

    run(settings, told)


@contextmanager
def _desk(store: str, desk: Path | None, *, create: bool = False) -> Iterator[Desk]:
    from graph_service.api.app import AREAS
    from graph_service.desk.place import desk_of

    path = desk if desk is not None else desk_of(store)
    if not create and not path.exists():
        raise BadValue("desk_missing", path=path)
    found = Desk.open(path, AREAS)
    try:
        yield found
    finally:
        found.close()


def keys_add(
    name: Annotated[str, typer.Argument(help="Whose key it is; the log says so.")],
    role: Annotated[str, typer.Option(help="reader, analyst, officer, auditor or admin.")],
    region: Annotated[list[str] | None, typer.Option(help="An officer's region (GB/T 2260); repeat for several.")] = None,
    department: Annotated[list[str] | None, typer.Option(help="An officer's department, as records name it.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only these of what the role may do.")] = None,
    days: Annotated[int, typer.Option(help="How long it lives.")] = 90,
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Make a key and print it, once: nothing can show it again."""
    from graph_service.access.keys import add_key

    with _desk(store, desk, create=True) as found:
        key, text = add_key(found, name, role, regions=region or (), departments=department or (), scopes=scope or (), days=days)
    typer.echo(text)
    print(say("key_made", lang.lang, id=key.id, role=key.role, until=key.expires_at), file=sys.stderr)  # noqa: T201


def keys_list(store: Store = DEFAULT_STORE, desk: DeskOption = None, as_json: Json = False) -> None:
    """Every key that was ever made, without its secret."""
    from graph_service.access.keys import list_keys

    with _desk(store, desk) as found:
        rows = [
            {
                "id": key.id,
                "name": key.name,
                "role": str(key.role),
                "regions": list(key.regions),
                "departments": list(key.departments),
                "scopes": sorted(map(str, key.scopes)),
                "made_at": key.made_at,
                "expires_at": key.expires_at,
                "revoked_at": key.revoked_at,
            }
            for key in list_keys(found)
        ]
    _rows(rows, as_json)


def keys_revoke(
    identity: Annotated[str, typer.Argument(help="The key's id, as keys list shows it.", metavar="ID")],
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
) -> None:
    """End a key at once."""
    from graph_service.access.keys import revoke_key

    with _desk(store, desk) as found:
        typer.echo(f"{identity} {revoke_key(found, identity).revoked_at}")


def webhooks_add(
    url: Annotated[str, typer.Argument(help="An https address.", metavar="URL")],
    since: Annotated[
        int | None, typer.Option(min=0, help="Push what came after this position. Default: only what comes.")
    ] = None,
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Push the ledger's changes to an address, persons masked; prints the secret that signs them."""
    from graph_service.access.sealing import derived, service_key
    from graph_service.api.webhooks import add_webhook, secret_of
    from graph_service.ledger.open import open_ledger

    ledger = open_ledger(store, create=False)
    try:
        last = ledger.last().number
    finally:
        ledger.close()
    if since is not None and since > last:
        raise BadValue("run_bad_position", value=since, last=last)
    with _desk(store, desk, create=True) as found:
        made = add_webhook(found, url, last if since is None else since)
        secret = secret_of(derived(service_key(found.path), "webhooks"), made.id)
    typer.echo(secret)
    print(say("webhook_made", lang.lang, id=made.id), file=sys.stderr)  # noqa: T201


def webhooks_list(store: Store = DEFAULT_STORE, desk: DeskOption = None, as_json: Json = False) -> None:
    """Every webhook that was ever made, and up to which position its messages lie in the outbox."""
    from graph_service.api.webhooks import list_webhooks

    with _desk(store, desk) as found:
        hooks = list_webhooks(found)
    names = ("id", "url", "made_at", "position", "removed_at")
    _rows([{name: getattr(one, name) for name in names} for one in hooks], as_json)


def webhooks_remove(
    identity: Annotated[str, typer.Argument(help="The webhook's id.", metavar="ID")],
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
) -> None:
    """Push nothing more to a webhook."""
    from graph_service.api.webhooks import remove_webhook

    with _desk(store, desk) as found:
        remove_webhook(found, identity)
    typer.echo(identity)


def audit_verify(
    kept: Annotated[str | None, typer.Option("--head", help="A head that was kept elsewhere, as audit head prints it.")] = None,
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Check the whole chain of the log; exit 1 and the first broken entry where it does not hold."""
    from graph_service.access.log import verify

    with _desk(store, desk) as found:
        result = verify(found, _head(kept))
    if result.fault is None:
        typer.echo(say("audit_whole", lang.lang, entries=result.entries, head=result.head))
        return
    typer.echo(say(f"audit_{result.fault}", lang.lang, seq=result.seq, entry=result.entry or ""))
    raise typer.Exit(1)


def _head(text: str | None) -> Any:
    from graph_service.access.log import Head

    if text is None:
        return None
    number, _, digest = text.strip().partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise BadValue("bad_head", value=text)
    return Head(int(number), digest)


def audit_head(store: Store = DEFAULT_STORE, desk: DeskOption = None) -> None:
    """The number and hash of the last entry, to be kept where nobody who can write the desk can write."""
    from graph_service.access.log import head

    with _desk(store, desk) as found:
        typer.echo(str(head(found)))


def audit_looked_at(
    person: Annotated[str, typer.Argument(help="The person's key, or the pseudonym of a masked answer.", metavar="PERSON")],
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    as_json: Json = False,
) -> None:
    """Who asked about a person or saw them in clear, when and what for."""
    from graph_service.access.log import looked_at
    from graph_service.access.masking import Masks
    from graph_service.access.sealing import service_key

    rows: list[dict[str, Any]] = []
    with _desk(store, desk) as found:
        key = Masks(service_key(found.path)).key_of(person.strip()) or person.strip()
        after = 0
        while page := looked_at(found, key, after):
            rows += [_looked(one.said) for one in page]
            after = page[-1].seq
    _rows(rows, as_json)


def _looked(said: Mapping[str, Any]) -> dict[str, Any]:
    who, answer = said.get("who", {}), said.get("answer", {})
    return {
        "seq": said["seq"],
        "at": said["at"],
        "who": who.get("name"),
        "role": who.get("role"),
        "question": said.get("question"),
        "purpose": said.get("purpose"),
        "sight": said.get("sight"),
        "status": answer.get("status"),
        "decision": answer.get("decision"),
    }


def _rows(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        shown = (" ".join(map(str, one)) if isinstance(one, list) else "-" if one is None else str(one) for one in row.values())
        typer.echo("\t".join(shown))


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.", metavar="DIR")],
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Copy ledger, desk and their keys as they are at one moment, while the service goes on."""
    from graph_service.api.backup import back_up

    made = back_up(store, desk, folder)
    typer.echo(say("backup_made", lang.lang, folder=folder, position=made["position"], entries=made["entries"]))


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that backup made.", metavar="DIR")],
    store: Store = DEFAULT_STORE,
    desk: DeskOption = None,
    lang: LangOption = Language.EN,
) -> None:
    """Put a backup where no ledger and no desk are yet, after checking it."""
    from graph_service.api.backup import restore as put_back

    made = put_back(folder, store, desk)
    typer.echo(say("backup_restored", lang.lang, folder=folder, position=made["position"], entries=made["entries"]))
