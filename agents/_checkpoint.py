"""Everything that a learner needs to go on, as arrays and JSON; nothing is pickled.

stable-baselines3's own files hold pickled Python objects, which run code when they are opened.
Here weights, the optimisers' moments, a replay buffer and the states of chance are arrays in an
``.npz`` that is read with ``allow_pickle=False``.
"""

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from stable_baselines3.common.buffers import ReplayBuffer

from replenish.errors import InputError
from replenish.files import new_file_atomic

_SEPARATOR = "/"
_BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


def save_checkpoint(model: Any, path: Path, notes: dict[str, Any], *, replay: bool = True) -> None:
    """Write the learner's state; whole or not at all.

    Args:
        model: A learner of stable-baselines3.
        path: Ends in ``.npz``; an older file is replaced.
        notes: JSON to keep beside it, e.g. the best validation cost so far.
        replay: Whether to keep an off-policy learner's memory as well.
    """
    arrays = _flatten(model.get_parameters())
    for name in _variables(model):
        arrays[f"variable/{name}"] = getattr(model, name).detach().numpy()
    arrays["chance/torch"] = torch.get_rng_state().numpy()
    if replay and isinstance(buffer := getattr(model, "replay_buffer", None), ReplayBuffer):
        filled = buffer.buffer_size if buffer.full else buffer.pos
        arrays |= {f"replay/{name}": getattr(buffer, name)[:filled] for name in _BUFFER}
        arrays["replay/pos"] = np.array([buffer.pos, int(buffer.full)])
    told = {"num_timesteps": model.num_timesteps, "n_updates": model._n_updates, **notes}
    arrays["notes"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    with new_file_atomic(path, overwrite=True) as temporary:
        np.savez(temporary, **arrays)


def load_checkpoint(model: Any, path: Path) -> dict[str, Any]:
    """Set the learner to what `save_checkpoint` wrote and return the notes.

    Raises:
        InputError: The file is missing, broken, or of a learner of another shape.
    """
    arrays, notes = _read(path)
    try:
        model.set_parameters(_unflatten(model.get_parameters(), arrays), exact_match=True)
        for name in _variables(model):
            getattr(model, name).data.copy_(torch.as_tensor(arrays[f"variable/{name}"]))
        if "replay/pos" in arrays:
            _fill(model.replay_buffer, arrays)
        torch.set_rng_state(torch.as_tensor(arrays["chance/torch"]))
        model.num_timesteps, model._n_updates = notes["num_timesteps"], notes["n_updates"]
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as problem:
        raise _refusal(path, problem) from None
    return notes


def read_notes(path: Path) -> dict[str, Any]:
    """Return the notes of a checkpoint alone.

    Raises:
        InputError: The file is missing or broken.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the notes of a checkpoint."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return arrays, dict(json.loads(bytes(arrays["notes"]).decode()))
    except (OSError, EOFError, BadZipFile, KeyError, TypeError, ValueError) as problem:
        raise _refusal(path, problem) from None


def _refusal(path: Path, problem: Exception) -> InputError:
    """Return what is said of a checkpoint that cannot be used."""
    text = " ".join(str(problem).split())[:200]
    return InputError(
        f"{path}: not a whole checkpoint of this agent ({text}); remove the folder {path.parent}, "
        "then --resume learns from the start"
    )


def _variables(model: Any) -> list[str]:
    """Return the names of single tensors that the learner keeps, such as the entropy weight."""
    _, names = model._get_torch_save_params()
    return [name for name in names if getattr(model, name, None) is not None]


def _flatten(tree: Any, prefix: str = "weights") -> dict[str, Any]:
    """Return the tensors of nested dictionaries and lists by their path."""
    if isinstance(tree, torch.Tensor):
        return {prefix: tree.detach().cpu().numpy()}
    children = tree.items() if isinstance(tree, dict) else enumerate(tree)
    if not isinstance(tree, dict | list):
        return {}
    return {
        name: array
        for key, child in children
        if isinstance(child, dict | list | torch.Tensor)
        for name, array in _flatten(child, f"{prefix}{_SEPARATOR}{key}").items()
    }


def _unflatten(shape: Any, arrays: dict[str, Any]) -> Any:
    """Return parameters in the shape that the learner has now, with the stored numbers.

    A new optimiser has no moments yet, so those are taken by their paths.
    """
    told: dict[str, Any] = {}
    for name, tree in shape.items():
        prefix = f"weights{_SEPARATOR}{name}"
        if "param_groups" in tree:
            told[name] = {"state": _moments(prefix, arrays), "param_groups": tree["param_groups"]}
        else:
            told[name] = {
                key: torch.as_tensor(arrays[f"{prefix}{_SEPARATOR}{key}"]) for key in tree
            }
    return told


def _moments(prefix: str, arrays: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """Return an optimiser's state: parameter number -> name -> tensor."""
    state: dict[int, dict[str, Any]] = {}
    start = f"{prefix}{_SEPARATOR}state{_SEPARATOR}"
    for name, array in arrays.items():
        if name.startswith(start):
            number, key = name[len(start) :].split(_SEPARATOR)
            state.setdefault(int(number), {})[key] = torch.as_tensor(array)
    return state


def _fill(buffer: ReplayBuffer, arrays: dict[str, Any]) -> None:
    """Give an off-policy learner its memory back."""
    for name in _BUFFER:
        values = arrays[f"replay/{name}"]
        getattr(buffer, name)[: len(values)] = values
    buffer.pos, buffer.full = int(arrays["replay/pos"][0]), bool(arrays["replay/pos"][1])
