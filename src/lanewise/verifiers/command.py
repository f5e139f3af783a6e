"""A command of the operator's that judges an answer in the sandbox: a compiler of another language, a prover, a linter.

It finds the answer's program in a file and says what it thinks by how it ends: 0 accepts, the codes of `unknown` cannot tell, any other
rejects with what it printed. Where there is no sandbox it is not run.
"""

from __future__ import annotations

import signal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.programs.sandbox import Job, Limits, NoSandbox, Ran, Sandbox
from lanewise.verifiers.programs.source import MAX_PROGRAM_CHARS, fenced
from lanewise.verifiers.says import Says, bounded

_MAX_OUTPUT_CHARS = 1_200
_NOT_RUN = (126, 127)  # by a shell: it may not be run, it is not there
_ALIASES = {
    "js": "javascript", "mjs": "javascript", "node": "javascript", "ts": "typescript", "sh": "shell", "bash": "shell", "zsh": "shell",
    "c++": "cpp", "cc": "cpp", "cxx": "cpp", "rs": "rust", "golang": "go", "py": "python", "python3": "python", "rb": "ruby",
    "kt": "kotlin", "cs": "csharp", "c#": "csharp", "hs": "haskell", "lean4": "lean", "yml": "yaml", "pl": "perl",
    "ps1": "powershell", "tf": "hcl", "terraform": "hcl",
}  # fmt: skip


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `command`."""

    run: Annotated[
        list[str],
        Meta(min_length=1, description="the command and its arguments, without a shell, in the folder with the files"),
    ]
    file: Annotated[
        str, Meta(pattern=r"^[\w.-]+$", description="the file that gets the answer's program, or its text")
    ] = "answer"
    tests_file: Annotated[
        str, Meta(pattern=r"^[\w.-]*$", description="the file that gets the caller's tests; empty: they are not given")
    ] = ""
    language: Annotated[
        str,
        Meta(
            description="of fenced blocks, the longest of this language is the program; empty: the whole text of the answer"
        ),
    ] = ""
    files: Annotated[dict[str, str], Meta(description="more files, by their names, such as a build file")] = {}
    kind: Annotated[Literal["proof", "evidence", "form"], Meta(description="what its acceptance means")] = "form"
    unknown: Annotated[list[int], Meta(description="exit codes that say that it cannot tell")] = []
    readable: Annotated[list[str], Meta(description="folders of this machine that it may read beside `/usr`")] = []
    seconds: Annotated[float, Meta(gt=0, le=3_600, description="seconds it may take")] = 30.0
    memory_mb: Annotated[int, Meta(ge=16, le=65_536, description="memory of each of its processes")] = 1_024
    processes: Annotated[int, Meta(ge=1, le=1_024, description="processes and threads it may have at once")] = 64


class CommandVerifier:
    """Accepts what the command ends well on."""

    name: ClassVar[str] = "command"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("proof", "evidence", "form")
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None
    cost: ClassVar[Cost] = "sandbox"

    def __init__(self, options: Options, *, sandbox: Sandbox) -> None:
        """Raises ValueError where a file has no name of its own within the folder."""
        taken = [options.file, *([options.tests_file] if options.tests_file else []), *options.files]
        for name in taken:
            if taken.count(name) > 1 or name.startswith("/") or not name or ".." in name.split("/"):
                raise ValueError(
                    f"files: {name!r} must be a name of its own within the folder; write `check.sh` for example"
                )
        self._options = options
        self._sandbox = sandbox
        self._says = Says(verifier=self.name, kind=self._options.kind)
        self._limits = Limits(
            seconds=self._options.seconds,
            cpu_s=max(1, int(self._options.seconds + 0.999)),
            memory_bytes=self._options.memory_mb << 20,
            processes=self._options.processes,
            open_files=1_024,
        )

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Run it on the answer."""
        program = self._program(candidate.content.text)
        if not program.strip():
            return self._says.unverifiable("There is nothing in the answer to run the command on.")
        if self._options.tests_file and self._options.kind != "form" and not (candidate.tests or "").strip():
            return self._says.unverifiable("The request brings no tests, and passing none shows nothing.")
        if len(program) > MAX_PROGRAM_CHARS:
            return self._says.unverifiable(f"The answer has more than {MAX_PROGRAM_CHARS} characters.")
        try:
            ran = await self._sandbox.run(self._job(program, candidate.tests), self._limits)
        except NoSandbox as error:
            return self._says.unverifiable(f"The command was not run (unsupported): {error}.")
        return self._verdict(ran, program)

    def _program(self, text: str) -> str:
        if not self._options.language:
            return text
        wanted = _one_name(self._options.language)
        return max((block for language, block in fenced(text) if _one_name(language) == wanted), key=len, default="")

    def _job(self, program: str, tests: str | None) -> Job:
        files = {name: text.encode() for name, text in self._options.files.items()}
        files[self._options.file] = program.encode("utf-8", "replace")
        if self._options.tests_file:
            files[self._options.tests_file] = (tests or "").encode("utf-8", "replace")
        return Job(command=self._options.run, files=files, readable=self._options.readable)

    def _verdict(self, ran: Ran, program: str) -> Verdict:
        printed = bounded(ran.output.decode("utf-8", "replace").strip(), _MAX_OUTPUT_CHARS)
        if ran.stopped == "processor":
            return self._says.unverifiable(f"The check did not come to its end: {ran.why}. {printed}".strip())
        if ran.signal == signal.SIGXCPU:
            return self._says.reject(
                f"The check was stopped: it took more than {self._limits.cpu_s} s of CPU. {printed}".strip(),
                answer=program,
            )
        if ran.stopped:
            return self._says.reject(
                f"The check was stopped: it took too much {ran.stopped}. {printed}".strip(), answer=program
            )
        if ran.code == 0:
            return self._says.accept(answer=program)
        if ran.signal or ran.code in (None, *_NOT_RUN, *self._options.unknown):
            return self._says.unverifiable(f"The check could not tell. {printed}".strip())
        return self._says.reject(f"The check found a mistake (exit code {ran.code}). {printed}".strip(), answer=program)


def _one_name(language: str) -> str:
    """A language by one of its names: `js` is `javascript`."""
    return _ALIASES.get(language.lower(), language.lower())
