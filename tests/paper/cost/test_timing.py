import pytest
import torch

from neurocyte.paper.cost.timing import machine, torch_threads


def test_threads_are_restored_after_an_error() -> None:
    before = torch.get_num_threads()

    def fail() -> None:
        with torch_threads(1):
            assert torch.get_num_threads() == 1
            raise KeyError

    torch.set_num_threads(2)
    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_machine_says_what_the_times_hold_for() -> None:
    found = machine()
    assert found["torch"] == torch.__version__
    assert found["cores"] >= 1
    assert isinstance(found["features"], list)
