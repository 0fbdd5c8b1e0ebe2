"""A checkpoint gives a learner back exactly: weights, moments, memory, chance."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agents._agent import Agent
from agents._checkpoint import load_checkpoint, read_notes, save_checkpoint
from agents.ppo import PPOAgent
from agents.sac import SACAgent
from replenish.errors import InputError
from tests.textbook import textbook_learner

AGENTS: dict[str, Agent] = {
    "ppo": PPOAgent(n_steps=8, batch_size=32, hidden=(8,)),
    "sac": SACAgent(buffer_size=400, learning_starts=64, batch_size=32, hidden=(8,)),
}
NOTES = {"best_cost": 1.25, "best_step": 64}


@pytest.fixture(params=["ppo", "sac"])
def agent(request: pytest.FixtureRequest) -> Agent:
    return AGENTS[request.param]


def tensors(tree: Any) -> list[torch.Tensor]:
    """Return the tensors of nested dictionaries and lists, in order.

    Other numbers are the optimiser's settings; the learning rate follows from the schedule.
    """
    if isinstance(tree, torch.Tensor):
        return [tree.clone()]
    children = tree.values() if isinstance(tree, dict) else tree
    return [leaf for child in children for leaf in tensors(child)] if holds(tree) else []


def holds(tree: Any) -> bool:
    return isinstance(tree, dict | list | tuple)


def assert_same(left: list[torch.Tensor], right: list[torch.Tensor]) -> None:
    assert left
    for ours, theirs in zip(left, right, strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)


def test_weights_and_the_optimisers_moments_come_back_exactly(agent: Agent, tmp_path: Path) -> None:
    trained = textbook_learner(agent, rows=16)
    trained.learn(320)
    save_checkpoint(trained, tmp_path / "last.npz", NOTES)
    new = textbook_learner(agent, rows=16, seed=9)
    notes = load_checkpoint(new, tmp_path / "last.npz")
    for name, tree in trained.get_parameters().items():
        assert_same(tensors(tree), tensors(new.get_parameters()[name]))
    moments = [name for name in trained.get_parameters() if name.endswith("optimizer")]
    assert moments
    assert all(trained.get_parameters()[name]["state"] for name in moments)
    assert notes["best_cost"] == NOTES["best_cost"]
    assert new.num_timesteps == trained.num_timesteps >= 320
    assert new._n_updates == trained._n_updates > 0


def test_the_next_update_is_the_same(agent: Agent, tmp_path: Path) -> None:
    """Both learn from the same numbers by the same chance, so that nothing else can differ."""
    trained = textbook_learner(agent, rows=16)
    trained.learn(320)
    save_checkpoint(trained, tmp_path / "last.npz", NOTES)
    new = textbook_learner(agent, rows=16, seed=9)
    load_checkpoint(new, tmp_path / "last.npz")
    if isinstance(agent, PPOAgent):  # its batch is not kept, being used up
        new.learn(128)
        for name, values in vars(new.rollout_buffer).items():
            if isinstance(values, np.ndarray):
                setattr(trained.rollout_buffer, name, values.copy())
        trained.rollout_buffer.full = True
        trained.rollout_buffer.generator_ready = new.rollout_buffer.generator_ready
        load_checkpoint(new, tmp_path / "last.npz")
    for model in (trained, new):
        model.set_logger(trained.logger)
        model._current_progress_remaining = 0.5
        np.random.seed(4)  # noqa: NPY002 - stable-baselines3 draws batches from NumPy's global
        torch.manual_seed(4)
        model.train(4, 32) if isinstance(agent, SACAgent) else model.train()
    for name, tree in trained.get_parameters().items():
        assert_same(tensors(tree), tensors(new.get_parameters()[name]))


@pytest.mark.parametrize("steps", [160, 800], ids=["filling", "full and wrapped"])
def test_a_memory_comes_back_exactly(steps: int, tmp_path: Path) -> None:
    agent = AGENTS["sac"]
    trained = textbook_learner(agent, rows=16)
    trained.learn(steps)
    save_checkpoint(trained, tmp_path / "last.npz", NOTES)
    new = textbook_learner(agent, rows=16, seed=9)
    load_checkpoint(new, tmp_path / "last.npz")
    ours, theirs = trained.replay_buffer, new.replay_buffer
    assert (ours.pos, ours.full) == (theirs.pos, theirs.full)
    filled = ours.buffer_size if ours.full else ours.pos
    for name in ("observations", "next_observations", "actions", "rewards", "dones", "timeouts"):
        np.testing.assert_array_equal(
            getattr(ours, name)[:filled], getattr(theirs, name)[:filled], strict=True
        )


def test_the_entropy_weight_comes_back(tmp_path: Path) -> None:
    trained = textbook_learner(AGENTS["sac"], rows=16)
    trained.learn(320)
    save_checkpoint(trained, tmp_path / "last.npz", NOTES)
    new = textbook_learner(AGENTS["sac"], rows=16, seed=9)
    before = new.log_ent_coef.item()
    load_checkpoint(new, tmp_path / "last.npz")
    assert new.log_ent_coef.item() == trained.log_ent_coef.item() != before


def test_chance_goes_on_where_it_was(agent: Agent, tmp_path: Path) -> None:
    model = textbook_learner(agent, rows=4)
    save_checkpoint(model, tmp_path / "last.npz", NOTES)
    expected = torch.rand(3)
    torch.manual_seed(77)
    load_checkpoint(model, tmp_path / "last.npz")
    assert torch.equal(torch.rand(3), expected)


def test_the_best_network_is_kept_without_the_memory(tmp_path: Path) -> None:
    trained = textbook_learner(AGENTS["sac"], rows=16)
    trained.learn(320)
    save_checkpoint(trained, tmp_path / "best.npz", NOTES, replay=False)
    with np.load(tmp_path / "best.npz", allow_pickle=False) as file:
        assert not [name for name in file.files if name.startswith("replay")]
    assert read_notes(tmp_path / "best.npz")["best_step"] == 64


@pytest.mark.parametrize("damage", ["missing", "empty", "half", "one byte", "text", "no notes"])
def test_a_damaged_checkpoint_is_refused_in_one_line(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "last.npz"
    path.parent.mkdir()
    model = textbook_learner(AGENTS["ppo"], rows=4)
    save_checkpoint(model, path, NOTES)
    whole = path.read_bytes()
    content = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "one byte": whole[:1000] + bytes([whole[1000] ^ 255]) + whole[1001:],
        "text": b"weights",
    }
    if damage == "missing":
        path.unlink()
    elif damage == "no notes":
        np.savez(path, weights=np.zeros(3))
    else:
        path.write_bytes(content[damage])
    with pytest.raises(InputError, match=r"last\.npz: not a whole checkpoint") as caught:
        load_checkpoint(model, path)
    assert "\n" not in str(caught.value)
    assert str(path.parent) in str(caught.value)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    save_checkpoint(textbook_learner(AGENTS["ppo"], rows=4), tmp_path / "last.npz", NOTES)
    wider = textbook_learner(PPOAgent(n_steps=8, batch_size=32, hidden=(9,)), rows=4)
    with pytest.raises(InputError, match="not a whole checkpoint of this agent"):
        load_checkpoint(wider, tmp_path / "last.npz")


def test_a_checkpoint_runs_no_code_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "last.npz"
    np.savez(path, notes=np.array([{"num_timesteps": 1}], dtype=object))  # pickled inside
    with pytest.raises(InputError, match="allow_pickle"):
        read_notes(path)
