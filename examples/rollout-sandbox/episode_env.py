"""An environment that keeps a folder for each episode and runs every action in it, confined.

The shape is that of ROCK's and ROLL's environments: ``reset``, ``step``, ``close``; an observation is text, and ``info``
says what happened besides.
"""

import shutil
import tempfile
from pathlib import Path

from pinfold.model import ConnectEvent, LookupEvent, Profile, Resources
from pinfold.sandbox import run
from pinfold.sandbox.defaults import default_profile

STEP_SECONDS = 20
LONGEST_OBSERVATION = 4_000


def profile() -> Profile:
    """What an episode may do: the default, with limits."""
    given = default_profile()
    limits = Resources(processes=64, memory_bytes=1_000_000_000, wall_seconds=STEP_SECONDS)
    return Profile(name="rollout", read=given.read, write=given.write, execute=given.execute, limits=limits)


class EpisodeEnv:
    """One episode at a time; actions are shell commands."""

    def __init__(self, task: str) -> None:
        self.task = task
        self.folder: Path | None = None
        self.number = 0

    def reset(self) -> str:
        """Begin an episode in an empty folder."""
        self.close()
        self.number += 1
        self.folder = Path(tempfile.mkdtemp(prefix="episode-"))
        return self.task

    def step(self, action: str) -> tuple[str, float, bool, dict]:
        """Run one command; returns observation, reward, whether the episode is over, and what happened besides."""
        assert self.folder is not None, "reset comes first"
        reached_out: list[str] = []

        def note(event: object) -> None:
            if isinstance(event, ConnectEvent | LookupEvent) and event.decision == "deny":
                reached_out.append(event.reason)

        with (self.folder.parent / f"{self.folder.name}.out").open("w+b") as out:
            outcome = run(
                ["sh", "-c", action],
                profile=profile(),
                folder=self.folder,
                session=f"episode-{self.number}",
                stdout=out,
                stderr=out,
                on_event=note,
            )
            out.seek(0)
            said = out.read(LONGEST_OBSERVATION).decode("utf-8", "replace")
        Path(out.name).unlink()
        info = {"level": outcome.level.value, "denied": outcome.denied, "reached_out": reached_out}
        over = bool(reached_out) or outcome.findings > 0
        reward = -1.0 if over else float((self.folder / "answer.txt").exists())
        return f"{said}[exit code {outcome.code}]", reward, over or reward > 0, info

    def close(self) -> None:
        """End the episode and remove its folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None


def main() -> None:
    """Play two short episodes, a useful one and one that strays."""
    env = EpisodeEnv("Write the sum of 1 to 100 to answer.txt.")
    for actions in (
        ["python3 -c 'print(sum(range(101)))' > answer.txt"],
        ["ls", "curl -s http://198.51.100.7:3333/"],
    ):
        print(f"episode: {env.reset()}")
        for action in actions:
            observation, reward, over, info = env.step(action)
            print(f"  $ {action}\n    {observation!r}\n    reward {reward}, over {over}, {info}")
    env.close()


if __name__ == "__main__":
    main()
