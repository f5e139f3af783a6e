from __future__ import annotations

from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.stores.control_file import ControlFile


async def test_commands_of_this_machine_come_in_by_a_key_of_this_start_alone(options: ServeOptions) -> None:
    keys = set()
    for _ in range(2):
        async with bootstrap.opened(options) as application:
            control = application.control
            assert isinstance(control, ControlFile)
            keys.add(control.key)
            assert not control.path.exists()  # until it is known where the gateway listens
    assert len(keys) == 2
