"""A command of the operator's."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from house.pages import DOCS, blocks
from judging import candidate, nobody
from lanewise.core.verdict import Verdict
from lanewise.verifiers.command import CommandVerifier, Options
from lanewise.verifiers.programs.sandbox import Sandbox
from verifiers.sandboxes import sandbox_here


async def said(text: str, *, tests: str | None = None, sandbox: Sandbox | None = None, **options: Any) -> Verdict:
    verifier = CommandVerifier(Options(**options), sandbox=sandbox or await sandbox_here())
    return await verifier.verify(candidate(text, tests=tests), nobody)


async def test_its_end_is_the_verdict() -> None:
    good = await said("```sh\necho well\n```", run=["sh", "-n", "answer"], language="sh", kind="evidence")
    bad = await said("```sh\nif\n```", run=["sh", "-n", "answer"], language="sh")
    assert (good.word, good.kind, good.answer) == ("accept", "evidence", "echo well\n")
    assert (bad.word, bad.kind) == ("reject", "form")
    assert "Syntax error" in bad.reason


async def test_tests_and_further_files_are_there() -> None:
    found = await said(
        "4", tests="4", run=["sh", "check.sh"], files={"check.sh": "cmp answer tests"}, tests_file="tests", kind="proof"
    )
    assert (found.word, found.kind) == ("accept", "proof")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"run": ["sh", "-c", "exit 3"], "unknown": [3]}, "unverifiable"),
        ({"run": ["no-such-prover"]}, "unverifiable"),
        ({"run": ["sh", "-c", "exit 126"]}, "unverifiable"),
        ({"run": ["true"], "tests_file": "tests", "kind": "proof"}, "unverifiable"),
        ({"run": ["sleep", "9"], "seconds": 2}, "reject"),
        ({"run": ["sh", "-c", "exit 1"]}, "reject"),
    ],
)
async def test_what_cannot_tell_does_not(options: dict[str, Any], word: str) -> None:
    assert (await said("x", **options)).word == word


async def test_without_a_sandbox_it_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = await said("x", sandbox=Sandbox(), run=["true"])
    assert found.word == "unverifiable"
    assert "apt install bubblewrap" in found.reason


async def test_nothing_is_nothing_to_run_it_on() -> None:
    assert (await said("no fence", sandbox=Sandbox(), run=["true"], language="lean")).word == "unverifiable"


async def test_the_longest_block_of_a_language_by_any_of_its_names_is_the_program() -> None:
    text = "```sh\nif if if\n```\nUse:\n```bash\nls\n```\n```python\nx = 1 + 2 + 3\n```"
    assert (await said(text, run=["sh", "-n", "answer"], language="shell")).word == "reject"


@pytest.mark.parametrize("name", ["answer", "../up", "/etc/x", ""])
def test_a_file_has_a_name_of_its_own_within_the_folder(name: str) -> None:
    with pytest.raises(ValueError, match="name of its own"):
        CommandVerifier(Options(run=["true"], files={name: "x"}), sandbox=Sandbox())


JAVASCRIPT: dict[str, Any] = {"run": ["node", "--check", "answer.js"], "language": "javascript", "file": "answer.js"}


async def test_javascript_is_checked_as_the_documentation_shows() -> None:
    if shutil.which("node", path="/usr/local/bin:/usr/bin") is None:
        pytest.skip("needs node in /usr: apt install nodejs")
    page = (DOCS / "how-to" / "check-answers.md").read_text()
    assert "`run: [node, --check, answer.js]`, with `language: javascript` and `file: answer.js`" in page
    assert (await said("```javascript\nconst x = 1;\n```", **JAVASCRIPT)).word == "accept"
    bad = await said("```javascript\nconst = 1;\n```", **JAVASCRIPT)
    assert (bad.word, "SyntaxError" in bad.reason) == ("reject", True)


async def test_typescript_is_checked_as_the_documentation_shows() -> None:
    (block,) = [each for each in blocks(DOCS / "how-to" / "check-answers.md") if "typescript" in each.text]
    options = yaml.safe_load(block.text)["verify"][0]["use"]["command"]
    if not Path(options["run"][1]).exists():
        pytest.skip("needs npm install --prefix /opt/typescript typescript")
    assert (await said("```typescript\nexport const x: number = 1;\n```", **options)).word == "accept"
    bad = await said("```typescript\nexport const x: number = 'a';\n```", **options)
    assert (bad.word, "TS2322" in bad.reason) == ("reject", True)


async def test_a_folder_below_the_machine_s_temporary_one_can_be_read() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others, again and again
        Path(folder).chmod(0o755)
        Path(folder, "rules").write_text("x")
        found = await said("x", run=["cmp", f"{folder}/rules", "answer"], readable=[folder])
    assert found.word == "accept", found.reason
