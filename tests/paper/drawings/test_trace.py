import torch
from torch import Tensor, nn

from neurocyte.paper.drawings.graph import block_graph
from neurocyte.paper.drawings.trace import trace_network


class Branched(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(5)
        self.side = nn.Conv2d(3, 5, 1, stride=2)

    def forward(self, image: Tensor) -> Tensor:
        return torch.relu_(self.norm(self.conv(image))) * self.side(image)


def test_steps_are_what_the_pass_did() -> None:
    trace = trace_network(Branched(), (3, 8, 8))

    assert [(s.op, s.path, s.inputs, s.shape) for s in trace.steps] == [
        ("input", "", (), (3, 8, 8)),
        ("conv2d", "conv", (0,), (5, 4, 4)),
        ("batch_norm", "norm", (1,), (5, 4, 4)),
        ("relu", "", (2,), (5, 4, 4)),
        ("conv2d", "side", (0,), (5, 4, 4)),
        ("mul", "", (3, 4), (5, 4, 4)),
    ]
    assert trace.calls["norm"].arguments == (1,)
    assert trace.calls["side"].output == 4


def test_the_mode_of_the_network_is_kept_and_its_hooks_are_gone() -> None:
    network = Branched().train()

    trace_network(network, (3, 8, 8))

    assert network.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_a_norm_joins_its_layer_and_an_own_function_stands_alone() -> None:
    network = nn.Sequential(Branched())
    nodes = block_graph(trace_network(network, (3, 8, 8)), "0")

    assert [(n.key.partition("-")[0], n.op, n.inputs) for n in nodes] == [
        ("image", "input", ()),
        ("conv", "module", ("image",)),
        ("relu", "relu", ("conv",)),
        ("side", "conv2d", ("image",)),
        ("mul", "mul", (nodes[2].key, "side")),
    ]
    assert [n.parameters for n in nodes] == [0, 3 * 5 * 9 + 5 + 10, 0, 3 * 5 + 5, 0]
