"""A repository to scan, and an advisory database on this machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Write = Callable[..., Path]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", "."], cwd=root, check=True)
    return root


@pytest.fixture
def write(repository: Path) -> Callable[[str, str], Path]:
    def writes(name: str, text: str) -> Path:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return writes


@pytest.fixture
def commit(repository: Path) -> Callable[[], None]:
    def commits() -> None:
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
        subprocess.run(["git", *who, "commit", "--quiet", "--message=change"], cwd=repository, check=True)

    return commits


class Database:
    """Speaks as much of OSV's API as `uv audit` asks for: https://google.github.io/osv.dev/api/"""

    def __init__(self) -> None:
        self.known = {("jinja2", "2.10"): "GHSA-462w-v97r-4m45", ("requests", "2.19.0"): "GHSA-x84v-xcm2-53pg"}
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        database = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
                asked = [(query["package"]["name"], query["version"]) for query in queries]
                database.asked += asked
                self._answer({"results": [database.found(package) for package in asked]})

            def do_GET(self) -> None:
                self._answer(database.advisory(self.path.rsplit("/", 1)[1]))

            def _answer(self, value: dict[str, Any]) -> None:
                body = json.dumps(value).encode()
                self.send_response(database.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *line: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def found(self, package: tuple[str, str]) -> dict[str, Any]:
        if package not in self.known:
            return {}
        return {"vulns": [{"id": self.known[package], "modified": "2024-01-01T00:00:00Z"}]}

    def advisory(self, name: str) -> dict[str, Any]:
        package = next(package for package, known in self.known.items() if known == name)
        events = [{"introduced": "0"}, {"fixed": "99.1"}]
        affected = {
            "package": {"name": package[0], "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        return {
            "id": name,
            "published": "2019-04-10T14:30:24Z",
            "modified": "2024-01-01T00:00:00Z",
            "aliases": [f"CVE-of-{package[0]}"],
            "summary": "an old hole",
            "affected": [affected],
        }


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    one = Database()
    thread = Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()
