"""What the documentation shows works: policies load, commands exist, and what is marked as running runs."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import click
import pytest
import yaml

from house.pages import ROOT, Block, all_blocks
from lanewise.bootstrap import sources
from lanewise.cli import lanewise
from lanewise.config.load import load
from patience import PATIENCE_S

SHOWN_ADDRESS = "http://127.0.0.1:8080"
#: Programs a reader has, or is told to have.
PROGRAMS = {"cd", "curl", "docker", "git", "python", "systemctl"}


def place(block: Block) -> str:
    return block.place


@pytest.mark.parametrize("block", all_blocks(mark="policy"), ids=place)
def test_a_policy_loads(block: Block) -> None:
    environment = dict.fromkeys(re.findall(r"\$\{(\w+)", block.text), "secret")
    loaded = load(
        block.text, file=block.place, environment=environment, sources=sources(environment), today=dt.date(2026, 11, 21)
    )
    assert loaded.policy.lanes


@pytest.mark.parametrize("block", all_blocks("python", "json", "yaml", "toml"), ids=place)
def test_a_block_is_what_it_says(block: Block) -> None:
    match block.language:
        case "python":
            compile(block.text, block.place, "exec")
        case "json":
            json.loads(block.text)
        case "yaml":
            yaml.safe_load(block.text)
        case "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("block", all_blocks("bash"), ids=place)
def test_a_command_exists_with_its_flags(block: Block) -> None:
    subprocess.run(["bash", "-n", "-c", "\n".join(block.commands)], check=True)
    for line in block.commands:
        for words in pipeline(line):
            program = words[0].removeprefix(".venv/bin/")
            if program == "lanewise":
                parse(lanewise, words[1:])
            elif program == "make":
                assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
            else:
                assert program in PROGRAMS


def pipeline(line: str) -> list[list[str]]:
    """The commands of a shell line, each as words, without redirections."""
    words = shlex.split(line, comments=True)
    commands: list[list[str]] = [[]]
    for word in words:
        if word in ("|", "&&", ";", "&"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command[: command.index(">")] if ">" in command else command for command in commands if command]


def parse(command: click.Command, words: list[str]) -> None:
    """Walk to the command that is meant and let it read its flags; raises click.UsageError on one that is not there."""
    # click keeps a command's help option as the first context made it: here as the command line does
    context = click.Context(command, help_option_names=["-h", "--help"])
    alone = isinstance(command, click.Group) and command.invoke_without_command
    if isinstance(command, click.Group) and not (alone and (not words or words[0].startswith("-"))):
        assert words[0] in command.list_commands(context), f"there is no command {words[0]!r}"
        found = command.get_command(context, words[0])
        assert found is not None
        parse(found, words[1:])
    else:
        command.make_parser(context).parse_args(list(words))


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A gateway beside simulated vendors, started as the quickstart starts it; its address."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lanewise", "serve", "--dev", "--simulate", "--port", "0", "--time-scale", "0"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert started.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := re.search(rb"http://127\.0\.0\.1:\d+", said)):
                line = await started.stdout.readline()
                assert line, f"the gateway did not start: {said.decode()}"
                said = line if b"listening" in line.lower() or b"serving" in line.lower() else said
        yield found[0].decode()
    finally:
        started.terminate()
        await started.communicate()


async def test_what_is_marked_as_running_runs(address: str, tmp_path: Path) -> None:
    """All such blocks against one gateway, in the order of the pages."""
    running = all_blocks(mark="runs")
    assert {block.page.name for block in running} >= {"README.md", "quickstart.md"}
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for block in running:
        text = ("\n".join(block.commands) if block.language == "bash" else block.text).replace(SHOWN_ADDRESS, address)
        program = ["bash", "-euo", "pipefail", "-c"] if block.language == "bash" else [sys.executable, "-c"]
        done = await asyncio.create_subprocess_exec(
            *program,
            text,
            cwd=tmp_path,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await done.communicate()
        assert done.returncode == 0, f"{block.place} failed:\n{printed.decode()}"
        assert printed.strip(), f"{block.place} printed nothing"
        assert b'"error"' not in printed, f"{block.place} was refused:\n{printed.decode()}"
